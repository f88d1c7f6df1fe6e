//! Reads what callgrind wrote: instructions, cache misses and calls of every function.

use std::{
    collections::HashMap,
    fs, io,
    ops::{AddAssign, Sub},
    path::Path,
};

/// The cache that is simulated, the same on every machine: what a core of a server has for itself. Without it,
/// callgrind takes the sizes of the processor it runs on.
pub const CACHE: [&str; 4] = ["--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64"];

/// What callgrind counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    pub instructions: i64,
    /// Lines of code that were not in the first-level cache.
    pub instruction_misses: i64,
    /// Reads and writes of lines that were not in the first-level cache.
    pub data_misses: i64,
}

impl AddAssign for Events {
    fn add_assign(&mut self, other: Self) {
        self.instructions += other.instructions;
        self.instruction_misses += other.instruction_misses;
        self.data_misses += other.data_misses;
    }
}

impl Sub for Events {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            instructions: self.instructions - other.instructions,
            instruction_misses: self.instruction_misses - other.instruction_misses,
            data_misses: self.data_misses - other.data_misses,
        }
    }
}

/// Events per request.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Rate {
    pub instructions: f64,
    pub instruction_misses: f64,
    pub data_misses: f64,
}

impl Events {
    pub fn per(self, count: i64) -> Rate {
        let per = |value: i64| value as f64 / count as f64;
        Rate {
            instructions: per(self.instructions),
            instruction_misses: per(self.instruction_misses),
            data_misses: per(self.data_misses),
        }
    }
}

#[derive(Debug, Default, Clone)]
pub struct Profile {
    pub total: Events,
    pub functions: HashMap<String, Function>,
    /// How often one function calls another, and what that costs.
    pub edges: HashMap<(String, String), (i64, Events)>,
}

#[derive(Debug, Default, Clone)]
pub struct Function {
    /// What happens in it.
    pub own: Events,
    /// And in what it calls as well.
    pub inclusive: Events,
    /// How often it is called.
    pub calls: i64,
}

/// A function per request.
pub struct Line {
    pub name: String,
    pub own: Rate,
    pub inclusive: Rate,
    pub calls: f64,
}

impl Profile {
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(Self::parse(&fs::read_to_string(path)?))
    }

    fn parse(text: &str) -> Self {
        let mut names: HashMap<String, String> = HashMap::new();
        let mut profile = Self::default();
        let mut columns = Columns::default();
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
            } else if let Some(names) = line.strip_prefix("events:") {
                columns = Columns::of(names);
            } else if let Some(rest) = line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")) {
                profile.total = columns.read(rest);
            } else if line.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '*')) {
                let cost = line.split_once(' ').map_or(Events::default(), |(_, cost)| columns.read(cost));
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
        profile
    }

    /// What came after `earlier`, per `count`.
    pub fn since(&self, earlier: &Self, count: i64) -> Vec<Line> {
        let nothing = Function::default();
        let line = |(name, now): (&String, &Function)| {
            let before = earlier.functions.get(name).unwrap_or(&nothing);
            Line {
                name: name.clone(),
                own: (now.own - before.own).per(count),
                inclusive: (now.inclusive - before.inclusive).per(count),
                calls: (now.calls - before.calls) as f64 / count as f64,
            }
        };
        self.functions.iter().map(line).collect()
    }

    /// Who called the functions whose names `wanted` picks, how often, and what those calls cost: what came after
    /// `earlier`, per `count`.
    pub fn callers_since(&self, earlier: &Self, count: i64, wanted: impl Fn(&str) -> bool) -> Vec<(String, f64, Rate)> {
        let edges = self.edges.iter().filter(|((_, callee), _)| wanted(callee));
        let mut callers: HashMap<&str, (i64, Events)> = HashMap::new();
        for (edge, now) in edges {
            let before = earlier.edges.get(edge).copied().unwrap_or_default();
            let caller = callers.entry(&edge.0).or_default();
            caller.0 += now.0 - before.0;
            caller.1 += now.1 - before.1;
        }
        let mut callers: Vec<_> = callers
            .into_iter()
            .map(|(name, (calls, cost))| (name.to_owned(), calls as f64 / count as f64, cost.per(count)))
            .collect();
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

/// Where a line of costs has which event, as the line `events:` says.
#[derive(Default)]
struct Columns(Vec<Option<Field>>);

type Field = fn(&mut Events) -> &mut i64;

impl Columns {
    fn of(names: &str) -> Self {
        let column = |name: &str| -> Option<Field> {
            match name {
                "Ir" => Some(|events| &mut events.instructions),
                "I1mr" => Some(|events| &mut events.instruction_misses),
                "D1mr" | "D1mw" => Some(|events| &mut events.data_misses),
                _ => None,
            }
        };
        Self(names.split_whitespace().map(column).collect())
    }

    /// Zeros at the end of a line are left out.
    fn read(&self, costs: &str) -> Events {
        let mut events = Events::default();
        for (column, cost) in self.0.iter().zip(costs.split_whitespace()) {
            if let (Some(column), Ok(cost)) = (column, cost.parse::<i64>()) {
                *column(&mut events) += cost;
            }
        }
        events
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "\
events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw

fn=(1) outer
+3 10 4 2 1 2 1
cfn=(2) malloc
calls=2 +5
* 30 9 9 3 4 5
fn=(2)
+1 30 9 9 3 4 5
fn=(3) lean
7 5 1
totals: 45 14 11 4 6 6
";

    #[test]
    fn misses_of_reads_and_writes_are_added_and_missing_columns_are_zero() {
        let profile = Profile::parse(WRITTEN);
        let events =
            |instructions, instruction_misses, data_misses| Events { instructions, instruction_misses, data_misses };
        assert_eq!(profile.total, events(45, 4, 12));
        assert_eq!(profile.functions["outer"].own, events(10, 1, 3));
        assert_eq!(profile.functions["outer"].inclusive, events(40, 4, 12));
        assert_eq!(profile.functions["lean"].own, events(5, 0, 0));
        assert_eq!(profile.allocations(), 2);
    }
}
