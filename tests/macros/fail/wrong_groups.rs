use mcp_server::handlers;

struct Notes;

#[handlers(group)]
impl Notes {
    #[tool]
    fn unnamed(&self) {}
}

#[handlers(group = "search")]
impl Notes {
    #[tool]
    fn quoted(&self) {}
}

#[handlers(group = find)]
impl Notes {
    #[tool]
    fn find(&self) {}
}

#[handlers(group = a, groups(b))]
impl Notes {
    #[tool]
    fn nested(&self) {}
}

#[handlers(groups)]
impl Notes {
    #[tool]
    fn no_names(&self) {}
}

#[handlers(groups(a, a))]
impl Notes {
    #[tool]
    fn twice(&self) {}
}

fn main() {}
