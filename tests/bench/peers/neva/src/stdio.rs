//! `neva-stdio`: the same tools on the standard streams.

mod tools;

#[tokio::main]
async fn main() {
    tools::app().with_options(|options| options.with_stdio()).run().await;
}
