//! The committed table of counts, and how much a row of it may grow.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    pub instructions: f64,
    pub allocations: f64,
    pub data_misses: f64,
    pub instruction_misses: f64,
}

/// By the name of their row.
pub type Counts = BTreeMap<String, Count>;

/// One column, and how much it may grow before a row is refused.
struct Column {
    name: &'static str,
    of: fn(&Count) -> f64,
    /// As a factor.
    factor: f64,
    /// And at least by this, where a factor of little would be less than what a shift of addresses changes.
    least: f64,
    /// Whether growth counts only as far as the floor of the same run has not grown as well. Another compiler, C
    /// library or processor moves both alike, a change of ours only the row.
    beside_floor: bool,
}

/// Where code and data come to lie decides which lines displace each other in a cache. A program that was changed
/// elsewhere has its misses moved by a few per cent, so they have more room than instructions. Where the data of the same
/// program lies differs from machine to machine as well (a fifth more misses was seen), so a row is refused for its data
/// misses only if they grow by more than that.
const COLUMNS: [Column; 4] = [
    Column { name: "instructions", of: |count| count.instructions, factor: 1.05, least: 0.0, beside_floor: true },
    Column { name: "allocations", of: |count| count.allocations, factor: 1.05, least: 0.5, beside_floor: false },
    Column { name: "data misses", of: |count| count.data_misses, factor: 1.35, least: 100.0, beside_floor: false },
    Column {
        name: "instruction misses",
        of: |count| count.instruction_misses,
        factor: 1.08,
        least: 100.0,
        beside_floor: true,
    },
];

/// Fails if a row of ours has grown.
pub fn compare(known: &Counts, now: &Counts) -> Result<(), String> {
    let mut compared = 0;
    let mut grown = Vec::new();
    for (name, count) in now.iter().filter(|(name, _)| !name.starts_with("floor ")) {
        let Some(then) = known.get(name) else { continue };
        compared += 1;
        let floors = floor_of(name, now).zip(floor_of(name, known));
        for column in &COLUMNS {
            let (count, then) = ((column.of)(count), (column.of)(then));
            // Where the floor was not measured in this run, it counts as unchanged.
            let floor = match floors {
                Some((now, then)) if column.beside_floor => ((column.of)(now) / (column.of)(then)).max(1.0),
                _ => 1.0,
            };
            if count > (then * floor * column.factor).max(then + column.least) {
                grown.push(format!("{name}: {then:.1} -> {count:.1} {}", column.name));
            }
        }
    }
    if !grown.is_empty() {
        return Err(format!("grown by more than is allowed:\n{}", grown.join("\n")));
    }
    println!("{compared} rows compared: none has grown by more than is allowed");
    if compared == 0 { Err("nothing was compared".to_owned()) } else { Ok(()) }
}

/// The floor that a row is compared with: `floor call` for `ours call traced`.
pub fn floor_of<'a>(name: &str, counts: &'a Counts) -> Option<&'a Count> {
    let (_, what) = name.split_once(' ')?;
    let floors = counts.iter().filter_map(|(name, count)| Some((name.strip_prefix("floor ")?, count)));
    floors.filter(|(floor, _)| what.starts_with(floor)).max_by_key(|(floor, _)| floor.len()).map(|(_, count)| count)
}

pub fn read(table: &Path) -> Counts {
    let text = fs::read_to_string(table).unwrap_or_default();
    let rows = text.lines().skip(1).filter_map(|line| {
        let (name, numbers) = line.split_once('\t')?;
        let mut numbers = numbers.split('\t').map(|number| number.parse().ok());
        let count = Count {
            instructions: numbers.next()??,
            allocations: numbers.next()??,
            data_misses: numbers.next()??,
            instruction_misses: numbers.next()??,
        };
        Some((name.to_owned(), count))
    });
    rows.collect()
}

pub fn write(table: &Path, rows: &Counts) -> Result<(), String> {
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    let mut text = format!("row\t{}\n", names.join("\t"));
    for (name, count) in rows {
        let Count { instructions, allocations, data_misses, instruction_misses } = count;
        let _ =
            writeln!(text, "{name}\t{instructions:.0}\t{allocations:.1}\t{data_misses:.0}\t{instruction_misses:.0}");
    }
    fs::write(table, text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Count =
        Count { instructions: 20_000.0, allocations: 10.0, data_misses: 40.0, instruction_misses: 1000.0 };
    const OURS: Count =
        Count { instructions: 30_000.0, allocations: 19.0, data_misses: 200.0, instruction_misses: 1500.0 };

    fn counts(floor: Count, ours: Count) -> Counts {
        [("floor call".to_owned(), floor), ("ours call traced".to_owned(), ours)].into()
    }

    fn grown(now: Counts) -> Option<String> {
        compare(&counts(FLOOR, OURS), &now).err()
    }

    #[test]
    fn growth_of_any_column_is_refused_by_its_name() {
        let cases = [
            ("30000.0 -> 31600.0 instructions", Count { instructions: 31_600.0, ..OURS }),
            ("19.0 -> 20.0 allocations", Count { allocations: 20.0, ..OURS }),
            ("200.0 -> 310.0 data misses", Count { data_misses: 310.0, ..OURS }),
            ("1500.0 -> 1650.0 instruction misses", Count { instruction_misses: 1650.0, ..OURS }),
        ];
        for (said, ours) in cases {
            let refused = grown(counts(FLOOR, ours)).expect(said);
            assert_eq!(refused, format!("grown by more than is allowed:\nours call traced: {said}"));
        }
    }

    #[test]
    fn what_a_shift_of_addresses_moves_is_allowed() {
        let ours = Count { data_misses: 290.0, instruction_misses: 1600.0, ..OURS };
        assert_eq!(grown(counts(FLOOR, ours)), None);
    }

    #[test]
    fn another_compiler_that_moves_the_floor_alike_is_allowed() {
        let floor = Count { instructions: 22_000.0, instruction_misses: 1100.0, ..FLOOR };
        let ours = Count { instructions: 33_000.0, instruction_misses: 1650.0, ..OURS };
        assert_eq!(grown(counts(floor, ours)), None);
        assert!(grown(counts(floor, Count { instructions: 35_000.0, ..ours })).is_some());
    }

    #[test]
    fn a_floor_that_became_cheaper_takes_no_room_away() {
        let floor = Count { instructions: 15_000.0, instruction_misses: 800.0, ..FLOOR };
        assert_eq!(grown(counts(floor, OURS)), None);
    }

    #[test]
    fn nothing_compared_is_a_failure() {
        assert!(grown(Counts::new()).is_some());
    }
}
