//! Reads what callgrind wrote: instructions and calls of every function.

use std::{collections::HashMap, fs, io, path::Path};

#[derive(Debug, Default, Clone)]
pub struct Profile {
    pub total: i64,
    pub functions: HashMap<String, Function>,
    /// How often one function calls another, and what that costs.
    pub edges: HashMap<(String, String), (i64, i64)>,
}

#[derive(Debug, Default, Clone)]
pub struct Function {
    /// Instructions of its own.
    pub own: i64,
    /// Those of what it calls as well.
    pub inclusive: i64,
    /// How often it is called.
    pub calls: i64,
}

impl Profile {
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut names: HashMap<String, String> = HashMap::new();
        let mut profile = Self::default();
        let (mut current, mut callee) = (String::new(), String::new());
        // The line after `calls=` is the cost of the calls, not of the function itself.
        let mut calls: Option<i64> = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("fn=") {
                current = named(&mut names, name);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                callee = named(&mut names, name);
            } else if let Some(rest) = line.strip_prefix("calls=") {
                calls = rest.split(' ').next().and_then(|count| count.parse().ok());
            } else if let Some(rest) = line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")) {
                profile.total = rest.trim().parse().unwrap_or(0);
            } else if line.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '*')) {
                let cost: i64 = line.split(' ').nth(1).and_then(|cost| cost.parse().ok()).unwrap_or(0);
                match calls.take() {
                    Some(count) => {
                        profile.functions.entry(callee.clone()).or_default().calls += count;
                        let edge = profile.edges.entry((current.clone(), callee.clone())).or_default();
                        edge.0 += count;
                        edge.1 += cost;
                        // Recursion would count twice.
                        if callee != current {
                            profile.functions.entry(current.clone()).or_default().inclusive += cost;
                        }
                    }
                    None => {
                        let function = profile.functions.entry(current.clone()).or_default();
                        function.own += cost;
                        function.inclusive += cost;
                    }
                }
            }
        }
        Ok(profile)
    }

    /// What came after `earlier`, per `count`.
    pub fn since(&self, earlier: &Self, count: i64) -> Vec<(String, f64, f64, f64)> {
        let per = |value: i64| value as f64 / count as f64;
        let nothing = Function::default();
        self.functions
            .iter()
            .map(|(name, now)| {
                let before = earlier.functions.get(name).unwrap_or(&nothing);
                let calls = per(now.calls - before.calls);
                (name.clone(), per(now.inclusive - before.inclusive), per(now.own - before.own), calls)
            })
            .collect()
    }

    /// Who called the functions whose names `wanted` picks, and what came after `earlier`, per `count`.
    pub fn callers_since(&self, earlier: &Self, count: i64, wanted: impl Fn(&str) -> bool) -> Vec<(String, f64, f64)> {
        let per = |value: i64| value as f64 / count as f64;
        let edges = self.edges.iter().filter(|((_, callee), _)| wanted(callee));
        let mut callers: HashMap<&str, (i64, i64)> = HashMap::new();
        for (edge, now) in edges {
            let before = earlier.edges.get(edge).copied().unwrap_or_default();
            let caller = callers.entry(&edge.0).or_default();
            caller.0 += now.0 - before.0;
            caller.1 += now.1 - before.1;
        }
        let mut callers: Vec<_> =
            callers.into_iter().map(|(name, (calls, cost))| (name.to_owned(), per(calls), per(cost))).collect();
        callers.retain(|(_, calls, _)| *calls > 0.01);
        callers.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        callers
    }

    /// Calls that ask the allocator for memory.
    pub fn allocations(&self) -> i64 {
        let of = |name: &str| self.functions.get(name).map_or(0, |function| function.calls);
        ALLOCATING.into_iter().map(of).sum()
    }
}

pub const ALLOCATING: [&str; 6] = ["malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "memalign"];

/// A name is written once, as `(number) name`, and then as `(number)`.
fn named(names: &mut HashMap<String, String>, text: &str) -> String {
    let Some((number, name)) = text.split_once(')') else { return text.to_owned() };
    let name = name.trim();
    if name.is_empty() {
        return names.get(number).cloned().unwrap_or_default();
    }
    names.insert(number.to_owned(), name.to_owned());
    name.to_owned()
}
