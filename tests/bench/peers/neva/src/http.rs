//! `neva-http ADDR [--progress] [--tools N]`: its default listener, which sets TCP_NODELAY.

mod tools;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).expect("usage: neva-http ADDR");
    tools::app().with_options(|options| options.with_http(|http| http.bind(&address))).run().await;
}
