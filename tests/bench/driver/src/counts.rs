//! Instructions and allocations per request: figures that a busy machine does not blur.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    callgrind::{ALLOCATING, Profile},
    load::{Mix, run_count},
    messages::{Ask, Wire},
    process::{Server, is_built, program},
    stdio,
};

const FEW: usize = 500;
const MANY: usize = 2500;
/// How much a row may grow before `--check` fails: by itself, and compared with the floor of the same run. Another
/// compiler, C library or processor moves both alike, a change of ours only the second.
const TOLERANCE: f64 = 1.05;

struct Row {
    name: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    mix: Mix,
    wire: Wire,
    /// Over standard streams, 64 requests at once, instead of one connection.
    piped: bool,
    /// Rows of others are measured when asked for.
    own: bool,
}

fn rows() -> Vec<Row> {
    let row =
        |name, program, arguments, mix, wire| Row { name, program, arguments, mix, wire, piped: false, own: true };
    let peer =
        |name, program, arguments, mix, wire| Row { name, program, arguments, mix, wire, piped: false, own: false };
    let progress = Mix::One(Ask::Progress(1));
    vec![
        row("floor call", "floor-http", &[], Mix::Sums, Wire::Modern),
        row("ours call", "ours-http", &[], Mix::Sums, Wire::Modern),
        row("floor session call", "floor-http", &[], Mix::Sums, Wire::Session),
        row("ours session call", "ours-http", &[], Mix::Sums, Wire::Session),
        row("ours call traced", "ours-http", &["--traced"], Mix::Sums, Wire::Modern),
        row("ours call layered", "ours-http", &["--layered"], Mix::Sums, Wire::Modern),
        row("floor progress", "floor-http", &[], progress.clone(), Wire::Modern),
        row("ours progress", "ours-http", &[], progress, Wire::Modern),
        row("floor list 100", "floor-http", &["--tools", "100"], Mix::One(Ask::List(100)), Wire::Modern),
        row("ours list 100", "ours-http", &["--tools", "100"], Mix::One(Ask::List(100)), Wire::Modern),
        Row { piped: true, ..row("floor stdio", "floor-stdio", &[], Mix::Sums, Wire::Modern) },
        Row { piped: true, ..row("ours stdio", "ours-stdio", &[], Mix::Sums, Wire::Modern) },
        Row { piped: true, ..peer("rmcp stdio", "rmcp-stdio", &[], Mix::Sums, Wire::Session) },
        peer("rmcp call", "rmcp-http", &["--json"], Mix::Sums, Wire::Modern),
        peer("rmcp session call", "rmcp-http", &[], Mix::Sums, Wire::Session),
    ]
}

/// Measures and writes `counts.tsv`, or compares with it. `only` picks rows by a part of their name; with `peers`
/// those of other SDKs are measured too.
pub async fn run(folder: &Path, arguments: &[String]) -> Result<(), String> {
    let check = arguments.iter().any(|argument| argument == "--check");
    let peers = arguments.iter().any(|argument| argument == "--peers");
    let only: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let table = folder.join("counts.tsv");
    let known = read(&table);
    let mut now = BTreeMap::new();
    for row in rows() {
        let wanted = only.is_empty() || only.iter().any(|part| row.name.contains(part.as_str()));
        if !wanted || (!row.own && !peers) {
            continue;
        }
        if !is_built(row.program) {
            println!("{:24} is not built", row.name);
            continue;
        }
        let (few, many) = (profile(&row, FEW).await?, profile(&row, MANY).await?);
        let per = |few: i64, many: i64| (many - few) as f64 / (MANY - FEW) as f64;
        let instructions = per(few.total, many.total);
        let allocations = per(few.allocations(), many.allocations());
        println!("{:24} {instructions:10.0} instructions {allocations:8.1} allocations", row.name);
        write_profile(folder, row.name, &few, &many)?;
        now.insert(row.name.to_owned(), (instructions, allocations));
    }
    if check {
        return compare(&known, &now);
    }
    let mut known = known;
    known.extend(now);
    write(&table, &known)
}

/// Instructions and allocations by the name of their row.
type Counts = BTreeMap<String, (f64, f64)>;

/// Fails if a row of ours has grown.
fn compare(known: &Counts, now: &Counts) -> Result<(), String> {
    let mut compared = 0;
    let mut grown = Vec::new();
    for (name, (instructions, allocations)) in now.iter().filter(|(name, _)| !name.starts_with("floor ")) {
        let Some((instructions_then, allocations_then)) = known.get(name) else { continue };
        compared += 1;
        // Where the floor was not measured in this run, it counts as unchanged.
        let floor = floor_of(name, now).zip(floor_of(name, known)).map_or(1.0, |(now, then)| now / then);
        let growth = instructions / instructions_then;
        let is_slower = growth > TOLERANCE && growth / floor > TOLERANCE;
        if is_slower || *allocations > (allocations_then * TOLERANCE).max(allocations_then + 0.5) {
            grown.push(format!(
                "{name}: {instructions_then:.0} -> {instructions:.0} instructions, {allocations_then:.1} -> {allocations:.1} allocations"
            ));
        }
    }
    if !grown.is_empty() {
        return Err(format!("grown by more than 5 %:\n{}", grown.join("\n")));
    }
    println!("{compared} rows compared: none has grown by more than 5 %");
    if compared == 0 { Err("nothing was compared".to_owned()) } else { Ok(()) }
}

/// The instructions of the floor that a row is compared with: `floor call` for `ours call traced`.
fn floor_of(name: &str, counts: &Counts) -> Option<f64> {
    let (_, what) = name.split_once(' ')?;
    let floors =
        counts.iter().filter_map(|(name, (instructions, _))| Some((name.strip_prefix("floor ")?, instructions)));
    floors.filter(|(floor, _)| what.starts_with(floor)).max_by_key(|(floor, _)| floor.len()).map(|(_, count)| *count)
}

async fn profile(row: &Row, count: usize) -> Result<Profile, String> {
    let out = std::env::temp_dir().join(format!("bench-callgrind-{}", std::process::id()));
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", out.display())).arg(program(row.program));
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", row.name);
    if row.piped {
        stdio::ask(command, row.wire, count as u64).map_err(|error| failed(&error))?;
        let profile = Profile::read(&out).map_err(|error| failed(&error));
        let _ = fs::remove_file(&out);
        return profile;
    }
    let server = Server::start_with(row.name, command, row.arguments).map_err(|error| failed(&error))?;
    run_count(server.address, &row.mix, row.wire, count).await.map_err(|error| failed(&error))?;
    server.stop();
    let profile = Profile::read(&out).map_err(|error| failed(&error));
    let _ = fs::remove_file(&out);
    profile
}

/// Where the instructions go.
fn write_profile(folder: &Path, name: &str, few: &Profile, many: &Profile) -> Result<(), String> {
    let mut functions = many.since(few, (MANY - FEW) as i64);
    let mut text =
        String::from("# per request: inclusive instructions, own instructions, calls, function\n\n# by inclusive\n");
    functions.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (name, inclusive, own, calls) in functions.iter().take(80) {
        let _ = writeln!(text, "{inclusive:9.0} {own:8.0} {calls:7.2}  {name}");
    }
    functions.sort_by(|one, other| other.2.total_cmp(&one.2));
    text.push_str("\n# by own\n");
    for (name, inclusive, own, calls) in functions.iter().take(60) {
        let _ = writeln!(text, "{inclusive:9.0} {own:8.0} {calls:7.2}  {name}");
    }
    let every = (MANY - FEW) as i64;
    text.push_str("\n# who asks for memory: calls, function\n");
    for (name, calls, _) in many.callers_since(few, every, |name| ALLOCATING.contains(&name)) {
        let _ = writeln!(text, "{calls:7.2}  {name}");
    }
    text.push_str("\n# who copies memory: calls, instructions, function\n");
    for (name, calls, cost) in
        many.callers_since(few, every, |name| name.starts_with("__memcpy") || name.starts_with("__memmove"))
    {
        let _ = writeln!(text, "{calls:7.2} {cost:7.0}  {name}");
    }
    let path: PathBuf = folder.join("results").join(format!("profile-{}.txt", name.replace(' ', "-")));
    fs::write(path, text).map_err(|error| error.to_string())
}

fn read(table: &Path) -> Counts {
    let text = fs::read_to_string(table).unwrap_or_default();
    let rows = text.lines().skip(1).filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?.to_owned(), (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?)))
    });
    rows.collect()
}

fn write(table: &Path, rows: &Counts) -> Result<(), String> {
    let mut text = String::from("row\tinstructions\tallocations\n");
    for (name, (instructions, allocations)) in rows {
        let _ = writeln!(text, "{name}\t{instructions:.0}\t{allocations:.1}");
    }
    fs::write(table, text).map_err(|error| error.to_string())
}
