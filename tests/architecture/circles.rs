//! No circle of files: of any two files at most one needs the other, also by way of others and through a `mod.rs`.

use std::collections::{HashMap, HashSet, VecDeque, hash_map::Entry};

use crate::{
    names::{Arrow, arrows},
    source::{Finding, Source},
};

/// Finds every circle of files.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let arrows = arrows(sources);
    groups(sources.len(), &arrows).iter().map(|group| describe(sources, group, &arrows)).collect()
}

/// Files that all reach one another.
fn groups(count: usize, arrows: &[Arrow]) -> Vec<Vec<usize>> {
    let reached: Vec<HashSet<usize>> = (0..count).map(|file| reachable(file, arrows)).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for file in (0..count).filter(|file| reached[*file].contains(file)) {
        match groups.iter_mut().find(|group| reached[file].contains(&group[0]) && reached[group[0]].contains(&file)) {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    groups
}

/// What can be reached from a file; itself only by way of others.
fn reachable(file: usize, arrows: &[Arrow]) -> HashSet<usize> {
    let mut reached = HashSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        for arrow in arrows.iter().filter(|arrow| arrow.from == file) {
            if reached.insert(arrow.to) {
                next.push(arrow.to);
            }
        }
    }
    reached
}

fn describe(sources: &[Source], group: &[usize], arrows: &[Arrow]) -> Finding {
    let circle = shortest(group, arrows);
    let steps: Vec<String> = circle
        .iter()
        .map(|arrow| {
            let Arrow { from, to, line } = arrow;
            format!("\n      {}:{line} needs {}", sources[*from].path, sources[*to].path)
        })
        .collect();
    let among = match group.len() {
        all if all == circle.len() => String::new(),
        all => {
            let names: Vec<&str> = group.iter().map(|file| sources[*file].path.as_str()).collect();
            format!(" (the shortest among {all} files that all need one another: {})", names.join(", "))
        }
    };
    let sentence = format!(
        "a circle of {} files{among}: move what both ends of one of these arrows need into a file of its own:{}",
        circle.len(),
        steps.concat()
    );
    sources[circle[0].from].finding(circle[0].line, sentence)
}

/// The shortest circle among files that all reach one another.
fn shortest<'a>(group: &[usize], arrows: &'a [Arrow]) -> Vec<&'a Arrow> {
    let circles = group.iter().map(|start| way_back(*start, arrows));
    circles.min_by_key(Vec::len).unwrap_or_default()
}

/// The shortest way from a file back to itself.
fn way_back(start: usize, arrows: &[Arrow]) -> Vec<&Arrow> {
    let mut came_by: HashMap<usize, &Arrow> = HashMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(file) = next.pop_front() {
        if came_by.contains_key(&start) {
            break;
        }
        for arrow in arrows.iter().filter(|arrow| arrow.from == file) {
            if let Entry::Vacant(entry) = came_by.entry(arrow.to) {
                entry.insert(arrow);
                next.push_back(arrow.to);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = start;
    while let Some(arrow) = came_by.get(&at) {
        way.push(*arrow);
        at = arrow.from;
        if at == start {
            break;
        }
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let parse = |(path, text): &(&str, &str)| Source::parse(&format!("mcp-core/src/{path}"), text);
        check(&files.iter().map(parse).collect::<Vec<_>>()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_circle_through_a_face_is_caught_and_its_arrows_are_named() {
        let files = [
            ("lib.rs", "mod model;"),
            ("model/mod.rs", "mod hen;\nmod egg;\npub use egg::Egg;\npub use hen::Hen;"),
            ("model/hen.rs", "//! Hens.\nuse super::Egg;\npub struct Hen(Egg);"),
            ("model/egg.rs", "//! Eggs.\n\nuse crate::model::Hen;\npub struct Egg(Hen);"),
        ];
        let found = found(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        for part in [
            "a circle of 2 files: move what both ends",
            "mcp-core/src/model/hen.rs:2 needs mcp-core/src/model/egg.rs",
            "mcp-core/src/model/egg.rs:3 needs mcp-core/src/model/hen.rs",
        ] {
            assert!(found[0].contains(part), "{part}: {found:?}");
        }
    }

    #[test]
    fn a_face_that_defines_what_its_files_need_stands_in_a_circle() {
        let files = [
            ("era/mod.rs", "mod old;\npub use old::open;\npub struct Era;"),
            ("era/old.rs", "use super::Era;\npub fn open(era: Era) {}"),
        ];
        let found = found(&files);
        assert!(found.len() == 1 && found[0].contains("era/mod.rs:2 needs mcp-core/src/era/old.rs"), "{found:?}");
    }

    const LONG: [(&str, &str); 5] = [
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::{a::A, d::D}; pub struct C;"),
        ("d.rs", "use crate::c::C; pub struct D;"),
        ("e.rs", "use crate::d::D;"),
    ];

    #[test]
    fn of_many_files_the_shortest_circle_is_named() {
        let files = [&[("lib.rs", "mod a; mod b; mod c; mod d; mod e;")][..], &LONG].concat();
        let found = found(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("2 files (the shortest among 4 files"), "{found:?}");
        assert!(found[0].contains("c.rs:1 needs mcp-core/src/d.rs"), "{found:?}");
        assert!(!found[0].contains("e.rs"), "{found:?}");
    }

    #[test]
    fn files_that_need_others_one_way_are_free() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; pub use a::A;"),
            ("a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::c::C; }"),
            ("b.rs", "use crate::A; pub struct B; impl B { fn f() { Self::f(); B::f() } }"),
            ("c.rs", "use crate::{A, b::B}; pub struct C;"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }
}
