//! When what answers speak of has last changed (2026-07-28, server/utilities/caching, "Interaction with Notifications").

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::SystemTime,
};

use mcp_core::{era::Method, sync::lock, uri};

use super::Question;
use crate::changes::Change;

/// How many resources are told apart: beyond it all count as changed.
const RESOURCES: usize = 10_000;

#[derive(Default)]
pub(super) struct Subjects(Mutex<Times>);

#[derive(Default)]
struct Times {
    all: Option<SystemTime>,
    lists: HashMap<&'static str, SystemTime>,
    resources: HashMap<String, SystemTime>,
}

impl Subjects {
    pub(super) fn changed_at(&self, question: &Question) -> Option<SystemTime> {
        let times = self.lock();
        let own = if question.is_list() {
            times.lists.get(question.method)
        } else {
            question.param.as_deref().and_then(|uri| times.resources.get(&*uri::normal(uri)))
        };
        own.copied().max(times.all)
    }

    pub(super) fn changed(&self, change: &Change) {
        let now = SystemTime::now();
        let mut times = self.lock();
        let mut lists = |methods: &[Method]| times.lists.extend(methods.iter().map(|method| (method.name(), now)));
        match change {
            Change::Tools => lists(&[Method::ListTools]),
            Change::Prompts => lists(&[Method::ListPrompts]),
            Change::Resources => lists(&[Method::ListResources, Method::ListResourceTemplates]),
            Change::Resource(uri) if times.resources.len() < RESOURCES => {
                times.resources.insert(uri::normal(uri).into_owned(), now);
            }
            Change::Resource(_) => {
                times.resources.clear();
                times.all = Some(now);
            }
        }
    }

    pub(super) fn list_changed(&self, question: &Question) {
        self.lock().lists.insert(question.method, SystemTime::now());
    }

    pub(super) fn all_changed(&self) {
        self.lock().all = Some(SystemTime::now());
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        lock(&self.0)
    }
}
