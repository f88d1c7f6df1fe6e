use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::budget::Budget;

/// Keeps what is pushed, and is gone after so many.
struct Kept {
    events: Mutex<Vec<ServerNotification>>,
    open_for: usize,
}

impl Kept {
    fn new() -> Arc<Self> {
        Self::open_for(usize::MAX)
    }

    fn open_for(open_for: usize) -> Arc<Self> {
        Arc::new(Self { events: Mutex::default(), open_for })
    }

    fn take(&self) -> Vec<ServerNotification> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

impl NotificationSink for Kept {
    fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
        let mut events = self.events.lock().unwrap();
        events.push(event.value().clone());
        if events.len() <= self.open_for { Ok(()) } else { Err(NotPushed::Gone) }
    }
}

const LIMITS: WatchLimits<'static> = WatchLimits { resources: 2, bytes: 1 << 20, kept: None };

fn updated(uri: &str) -> ServerNotification {
    ServerNotification::ResourceUpdated { uri: uri.into() }
}

#[test]
fn a_sink_gets_only_what_it_wants_and_nothing_after_it_is_detached() {
    let notifier = Notifier::new(Duration::ZERO);
    let sink = Kept::new();
    let attachment = notifier.attach(&Interest::nothing().tools(), sink.clone());
    notifier.publish(ServerNotification::PromptsListChanged);
    notifier.publish(ServerNotification::ToolsListChanged);
    notifier.publish(updated("test://a"));
    drop(attachment);
    notifier.publish(ServerNotification::ToolsListChanged);
    assert_eq!(sink.take(), [ServerNotification::ToolsListChanged]);
    assert_eq!(notifier.attached(), 0);
}

#[test]
fn a_resource_is_told_to_those_who_watch_it_within_their_bounds() {
    let notifier = Notifier::new(Duration::ZERO);
    let sink = Kept::new();
    let attachment = notifier.attach(&Interest::all_lists(), sink.clone());
    for uri in ["test://a", "test://b", "test://a"] {
        attachment.watch(uri, LIMITS).unwrap();
    }
    assert_eq!(attachment.watch("test://c", LIMITS), Err(NotWatched::TooMany));
    attachment.unwatch("test://b");
    let long = "x".repeat(LIMITS.bytes);
    assert_eq!(attachment.watch(&long, LIMITS), Err(NotWatched::TooLarge));
    for uri in ["test://a", "test://b", "test://c", &long] {
        notifier.publish(updated(uri));
    }
    attachment.unwatch("test://a");
    notifier.publish(updated("test://a"));
    assert_eq!(sink.take(), [updated("test://a")]);
    assert!(attachment.watch("test://b", LIMITS).is_ok() && attachment.watch("test://c", LIMITS).is_ok());
}

#[test]
fn a_resource_costs_what_its_newest_spelling_takes() {
    let notifier = Notifier::new(Duration::ZERO);
    let attachment = notifier.attach(&Interest::nothing(), Kept::new());
    let [short, long] = ["A", "%41"].map(|letter| format!("test://{}", letter.repeat(100)));
    let cost = WatchLimits::kept(&short, &long);
    let budget = Budget::new(2 * cost);
    let limits = WatchLimits { bytes: 300, kept: Some(&budget), ..LIMITS };
    attachment.watch(&short, limits).unwrap();
    assert_eq!(attachment.watch(&long, limits), Err(NotWatched::TooLarge));
    attachment.watch(&long, WatchLimits { bytes: 400, ..limits }).unwrap();
    assert!(budget.take(cost + 1).is_none() && budget.take(cost).is_some());
    attachment.unwatch(&short);
    assert!(budget.take(2 * cost).is_some());
    attachment.watch(&short, limits).unwrap();
}

#[test]
fn what_is_watched_is_bounded_in_the_whole_server() {
    let notifier = Notifier::new(Duration::ZERO);
    let budget = Budget::new(2 * WatchLimits::kept("test://a", "test://a"));
    let limits = WatchLimits { kept: Some(&budget), ..LIMITS };
    let attachments = [(); 3].map(|()| notifier.attach(&Interest::nothing(), Kept::new()));
    let watched = attachments.each_ref().map(|attachment| attachment.watch("test://a", limits));
    assert_eq!(watched, [Ok(()), Ok(()), Err(NotWatched::NoRoom)]);
    let [first, second, third] = attachments;
    drop(first);
    third.watch("test://a", limits).unwrap();
    second.unwatch("test://a");
    third.watch("test://b", limits).unwrap();
}

/// RFC 3986, section 6.2.2: another spelling is the same resource. Clients compare letter by letter.
#[test]
fn a_resource_is_told_under_the_spelling_that_was_asked_for() {
    let notifier = Notifier::new(Duration::ZERO);
    let spellings = ["test://\u{fc}", "test://%C3%BC", "TEST://%c3%bc"];
    let sinks = spellings.map(|uri| {
        let sink = Kept::new();
        (uri, notifier.attach(&Interest::nothing().resource(uri), sink.clone()), sink)
    });
    let everything = Kept::new();
    let _all = notifier.attach(&Interest::nothing().every_resource(), everything.clone());
    for uri in spellings {
        notifier.publish(updated(uri));
        assert_eq!(everything.take(), [updated(uri)]);
        for (asked, _, sink) in &sinks {
            assert_eq!(sink.take(), [updated(asked)]);
        }
    }
}

#[test]
fn who_watches_a_resource_among_all_others_is_told_once() {
    let notifier = Notifier::new(Duration::ZERO);
    let sink = Kept::new();
    let _attachment = notifier.attach(&Interest::nothing().every_resource().resource("test://a"), sink.clone());
    notifier.publish(updated("test://a"));
    assert_eq!(sink.take().len(), 1);
}

#[test]
fn a_sink_whose_stream_is_gone_is_detached() {
    let notifier = Notifier::new(Duration::ZERO);
    let sink = Kept::open_for(0);
    let _attachment = notifier.attach(&Interest::all_lists(), sink.clone());
    notifier.publish(ServerNotification::ToolsListChanged);
    notifier.publish(ServerNotification::ToolsListChanged);
    assert_eq!(sink.take().len(), 1);
    assert_eq!(notifier.attached(), 0);
}

#[test]
fn a_circle_of_relays_hands_an_event_on_once() {
    struct Relay(Notifier);
    impl NotificationSink for Relay {
        fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
            self.0.relay(event);
            Ok(())
        }
    }
    let servers = [(); 3].map(|()| Notifier::new(Duration::ZERO));
    let sinks = servers.clone().map(|server| {
        let sink = Kept::new();
        (server.attach(&Interest::all_lists(), sink.clone()), sink)
    });
    let _relays: Vec<_> = (0..3)
        .flat_map(|from| [(from, (from + 1) % 3), (from, (from + 2) % 3)])
        .map(|(from, to)| servers[from].attach(&Interest::all_lists(), Arc::new(Relay(servers[to].clone()))))
        .collect();
    servers[0].publish(ServerNotification::ToolsListChanged);
    let heard = sinks.map(|(_, sink)| sink.take().len());
    // Two ways lead to each of the others; streams send one of two equal events.
    assert_eq!(heard, [1, 2, 2]);
}

#[tokio::test]
async fn who_publishes_does_not_wait_for_sinks() {
    struct Slow(AtomicUsize);
    impl NotificationSink for Slow {
        fn push(&self, _: &Arc<Published>) -> Result<(), NotPushed> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }
    let notifier = Notifier::new(Duration::ZERO);
    let sink = Arc::new(Slow(AtomicUsize::new(0)));
    let attached: Vec<_> = (0..1000).map(|_| notifier.attach(&Interest::nothing().tools(), sink.clone())).collect();
    for _ in 0..10 {
        notifier.publish(ServerNotification::ToolsListChanged);
    }
    // Nobody was pushed to on the publisher's own thread, and equal events that wait are one.
    assert_eq!(sink.0.load(Ordering::SeqCst), 0);
    while sink.0.load(Ordering::SeqCst) < attached.len() {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    assert_eq!(sink.0.load(Ordering::SeqCst), attached.len());
}

/// 5,000 streams, of which 100 watch 10,000 resources each.
#[test]
fn a_change_of_a_resource_costs_those_who_watch_it() {
    let notifier = Notifier::new(Duration::ZERO);
    let sink = Kept::new();
    let _lists: Vec<_> = (0..4_900).map(|_| notifier.attach(&Interest::all_lists(), sink.clone())).collect();
    let watching = Kept::new();
    let all = (0..10_000).fold(Interest::all_lists(), |interest, number| interest.resource(format!("test://{number}")));
    let _watching: Vec<_> = (0..100).map(|_| notifier.attach(&all, watching.clone())).collect();
    let published = Arc::new(Published::new(updated("test://77")));
    assert_eq!(notifier.shared.lock().index.deliveries(&published).len(), 100);
    notifier.publish(updated("test://unknown"));
    notifier.publish(updated("test://77"));
    assert_eq!((sink.take().len(), watching.take().len()), (0, 100));
}

#[tokio::test(start_paused = true)]
async fn many_changes_within_the_delay_are_announced_once_and_later_ones_again() {
    let notifier = Notifier::new(Duration::from_millis(10));
    let sink = Kept::new();
    let _attachment = notifier.attach(&Interest::all_lists(), sink.clone());
    for _ in 0..2 {
        for _ in 0..100 {
            notifier.list_changed(ServerNotification::ToolsListChanged);
        }
        assert_eq!(sink.take().len(), 0);
        tokio::time::sleep(Duration::from_millis(11)).await;
        assert_eq!(sink.take().len(), 1);
    }
}

#[test]
fn a_runtime_that_ends_takes_no_later_announcement_with_it() {
    let notifier = Notifier::new(Duration::from_secs(3600));
    let sink = Kept::new();
    let _attachment = notifier.attach(&Interest::all_lists(), sink.clone());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let first = runtime();
    first.block_on(async { notifier.list_changed(ServerNotification::ToolsListChanged) });
    // Nobody is left to wait, so it is told now.
    drop(first);
    assert_eq!(sink.take(), [ServerNotification::ToolsListChanged]);
    runtime().block_on(async {
        notifier.list_changed(ServerNotification::ToolsListChanged);
        tokio::time::sleep(Duration::from_secs(3601)).await;
    });
    assert_eq!(sink.take(), [ServerNotification::ToolsListChanged]);
    // The same for what was about to be delivered.
    let first = runtime();
    first.block_on(async { notifier.publish(ServerNotification::PromptsListChanged) });
    drop(first);
    runtime().block_on(async {
        notifier.publish(ServerNotification::ToolsListChanged);
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(sink.take(), [ServerNotification::PromptsListChanged, ServerNotification::ToolsListChanged]);
}
