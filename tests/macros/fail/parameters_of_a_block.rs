use mcp_server::handlers;

struct Notes<T, const N: usize>(T);

#[handlers]
impl<T: Send + Sync + 'static, const N: usize> Notes<T, N> {
    const LIMIT: u8 = 3;

    #[tool]
    fn put(&self, _items: Vec<T>, _bytes: [u8; N], _this: Option<Self>) {}

    #[tool]
    fn list(&self, #[arg(default = Self::LIMIT)] _limit: u8) {}
}

fn main() {}
