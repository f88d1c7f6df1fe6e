//! How changes reach streams that read slowly, late or not at all, and sinks of a program's own.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use mcp_server::{
    Interest, NotPushed, NotificationSink, Published, Server, ServerResource, WeakServer, model::ServerNotification,
};
use tokio::sync::mpsc;

use crate::{clients, server};

/// More changes at once than any queue would hold.
const MANY: usize = 1000;

/// What waits for a stream is bounded by what it watches, and never ends it.
#[tokio::test]
async fn a_burst_of_changes_arrives_whole_and_closes_no_stream() {
    for turn in 0..4 {
        let server = server();
        let uris: Vec<String> = (0..MANY).map(|number| format!("shop://{number}")).collect();
        let watched: Vec<&str> = uris.iter().map(String::as_str).collect();
        let mut events = clients::all(&server).await.swap_remove(turn).listen(&watched).await;
        // Nobody reads while this happens: the test's thread is the only one.
        for uri in uris.iter().chain(&uris) {
            server.notify_resource_updated(uri);
        }
        let mut heard = BTreeSet::new();
        for _ in 0..MANY {
            heard.insert(events.next().await["params"]["uri"].as_str().unwrap().to_owned());
        }
        assert_eq!(heard, uris.into_iter().collect());
        server.notify_resource_updated("shop://7");
        assert_eq!(events.next().await["params"]["uri"], "shop://7");
    }
}

/// Who may not know of a resource any more hears no more of it, whatever held when it subscribed.
#[tokio::test]
async fn a_resource_that_is_hidden_later_is_announced_no_more() {
    for turn in 0..4 {
        let server = server();
        let is_hidden = Arc::new(AtomicBool::new(false));
        server.resources().insert(ServerResource::text("shop://secret", "secret", "text"));
        let mut events = clients::all(&server).await.swap_remove(turn).listen(&["shop://secret", "shop://motto"]).await;
        server.notify_resource_updated("shop://secret");
        assert_eq!(events.next().await["params"]["uri"], "shop://secret");
        let hidden = is_hidden.clone();
        server.resources().insert(
            ServerResource::text("shop://secret", "secret", "text").visible_if(move |_| !hidden.load(Ordering::SeqCst)),
        );
        assert_eq!(events.next().await["method"], "notifications/resources/list_changed");
        server.notify_resource_updated("shop://secret");
        assert_eq!(events.next().await["params"]["uri"], "shop://secret");
        // Hidden between the announcement and its sending.
        server.notify_resource_updated("shop://secret");
        is_hidden.store(true, Ordering::SeqCst);
        server.notify_resource_updated("shop://motto");
        assert_eq!(events.next().await["params"]["uri"], "shop://motto");
    }
}

/// Keeps the names of what is pushed.
struct Heard(mpsc::Sender<&'static str>);

impl NotificationSink for Heard {
    fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
        self.0.try_send(event.value().method()).map_err(|_| NotPushed::Gone)
    }
}

#[tokio::test]
async fn a_sink_of_a_program_hears_what_it_is_interested_in_until_it_is_detached() {
    let server = server();
    let (sink, mut heard) = mpsc::channel(16);
    let attachment = server.attach(&Interest::nothing().tools().resource("shop://motto"), Arc::new(Heard(sink)));
    server.notify_prompts_list_changed();
    server.notify_resource_updated("shop://logo");
    server.notify_resource_updated("shop://motto");
    assert_eq!(heard.recv().await, Some("notifications/resources/updated"));
    server.notify_tools_list_changed();
    assert_eq!(heard.recv().await, Some("notifications/tools/list_changed"));
    drop(attachment);
    server.notify_tools_list_changed();
    assert_eq!(heard.recv().await, None);
}

/// Hands on what one server announces to another, and notes it.
struct Bridge {
    to: WeakServer,
    passed: Arc<Mutex<Vec<ServerNotification>>>,
}

impl NotificationSink for Bridge {
    fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
        let to = self.to.upgrade().ok_or(NotPushed::Gone)?;
        self.passed.lock().unwrap().push(event.value().clone());
        to.relay(event);
        Ok(())
    }
}

#[tokio::test]
async fn a_bridge_in_both_directions_does_not_echo() {
    let servers = [server(), server()];
    let passed = Arc::new(Mutex::new(Vec::new()));
    let bridge = |to: &Server| Arc::new(Bridge { to: to.downgrade(), passed: passed.clone() });
    let interest = Interest::all_lists().every_resource();
    let _there = servers[0].attach(&interest, bridge(&servers[1]));
    let _back = servers[1].attach(&interest, bridge(&servers[0]));
    let mut events = clients::all(&servers[1]).await.swap_remove(0).listen(&["shop://motto", "shop://logo"]).await;
    servers[0].notify_resource_updated("shop://motto");
    assert_eq!(events.next().await["params"]["uri"], "shop://motto");
    servers[0].notify_resource_updated("shop://logo");
    // An echo of the first would come before the second.
    assert_eq!(events.next().await["params"]["uri"], "shop://logo");
    // Each crosses once on its way, and once back to where it is dropped.
    assert!(passed.lock().unwrap().len() <= 4);
}

/// Another spelling of a URI is the same resource, also for those who may not know of it.
#[tokio::test]
async fn a_hidden_resource_is_not_announced_under_another_spelling() {
    for turn in 0..4 {
        let server = server();
        server.resources().insert(ServerResource::text("shop://secret", "secret", "text").visible_if(|_| false));
        let spellings = ["SHOP://secret", "shop://%73ecret", "shop://secret", "shop://motto"];
        let mut events = clients::all(&server).await.swap_remove(turn).listen(&spellings).await;
        server.notify_resource_updated("shop://secret");
        server.notify_resource_updated("shop://motto");
        // That the list has changed may be told late, where there is much else to do.
        let mut event = events.next().await;
        while event["method"] == "notifications/resources/list_changed" {
            event = events.next().await;
        }
        assert_eq!(event["params"]["uri"], "shop://motto");
    }
}

/// Events go where streams are served, not where somebody happens to announce them.
#[tokio::test]
async fn a_runtime_that_rests_keeps_no_event_back() {
    let server = server();
    let mut events = clients::all(&server).await.swap_remove(0).listen(&["shop://motto"]).await;
    let resting = std::thread::spawn({
        let server = server.clone();
        move || {
            let resting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            resting.block_on(async { server.notify_resource_updated("shop://motto") });
            resting
        }
    });
    let resting = resting.join().unwrap();
    assert_eq!(events.next().await["params"]["uri"], "shop://motto");
    // It is dropped where no runtime minds.
    std::thread::spawn(move || drop(resting)).join().unwrap();
}

/// Panics at every event.
struct Broken;

impl NotificationSink for Broken {
    fn push(&self, _: &Arc<Published>) -> Result<(), NotPushed> {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn a_sink_that_panics_costs_nobody_else_an_event() {
    let server = server();
    let _broken = server.attach(&Interest::nothing().every_resource(), Arc::new(Broken));
    let mut events = clients::all(&server).await.swap_remove(0).listen(&["shop://motto", "shop://logo"]).await;
    for uri in ["shop://motto", "shop://logo"] {
        server.notify_resource_updated(uri);
        assert_eq!(events.next().await["params"]["uri"], uri);
    }
}
