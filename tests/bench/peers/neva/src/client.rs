//! `neva-client URL CONCURRENCY MILLISECONDS`: its client.

#[path = "../../../clients/src/measure.rs"]
mod measure;

use std::sync::Arc;

use neva::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let arguments = measure::arguments();
    let address = arguments.url.trim_start_matches("http://").trim_end_matches("/mcp").to_owned();
    let mut client = Client::new().with_options(|options| options.with_http(|http| http.bind(address)));
    client.connect().await?;
    let client = Arc::new(client);
    measure::run(&arguments, move |n| {
        let client = client.clone();
        async move {
            let result = client.tools().call("add", [("a", n), ("b", 2)]).await.expect("a result");
            let Some(Content::Text(text)) = result.content.first() else { panic!("no text: {result:?}") };
            text.text.parse().expect("a number")
        }
    })
    .await;
    Ok(())
}
