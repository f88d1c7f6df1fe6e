//! Instructions, allocations and cache misses per request: figures that a busy machine does not blur.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    callgrind::{ALLOCATING, CACHE, Line, Profile},
    load::{Mix, run_count},
    messages::{Ask, Wire},
    process::{Server, is_built, program},
    stdio,
    table::{Count, Counts, compare, read, write},
};

const FEW: usize = 500;
const MANY: usize = 2500;

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
        row("ours call that asks", "ours-http", &[], Mix::One(Ask::Question), Wire::Modern),
        row("ours call answered", "ours-http", &[], Mix::Answers, Wire::Modern),
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
    let mut now = Counts::new();
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
        let every = (MANY - FEW) as i64;
        let rate = (many.total - few.total).per(every);
        let count = Count {
            instructions: rate.instructions,
            allocations: (many.allocations() - few.allocations()) as f64 / every as f64,
            data_misses: rate.data_misses,
            instruction_misses: rate.instruction_misses,
        };
        println!(
            "{:24} {:10.0} instructions {:8.1} allocations {:6.0} data misses {:6.0} instruction misses",
            row.name, count.instructions, count.allocations, count.data_misses, count.instruction_misses
        );
        write_profile(folder, row.name, &few, &many)?;
        now.insert(row.name.to_owned(), count);
    }
    if check {
        return compare(&known, &now);
    }
    let mut known = known;
    known.extend(now);
    write(&table, &known)
}

async fn profile(row: &Row, count: usize) -> Result<Profile, String> {
    let out = std::env::temp_dir().join(format!("bench-callgrind-{}", std::process::id()));
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").args(CACHE);
    command.arg(format!("--callgrind-out-file={}", out.display())).arg(program(row.program));
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

/// What functions are sorted by, the most of it first.
type Order = fn(&Line) -> f64;

/// Where the instructions and the misses go.
fn write_profile(folder: &Path, name: &str, few: &Profile, many: &Profile) -> Result<(), String> {
    let every = (MANY - FEW) as i64;
    let mut functions = many.since(few, every);
    let mut text = String::from(
        "# per request: inclusive instructions, own instructions, calls, inclusive data misses, own data misses, \
         inclusive instruction misses, own instruction misses, function\n",
    );
    let orders: [(&str, usize, Order); 4] = [
        ("inclusive", 80, |line| line.inclusive.instructions),
        ("own", 60, |line| line.own.instructions),
        ("own data misses", 40, |line| line.own.data_misses),
        ("own instruction misses", 40, |line| line.own.instruction_misses),
    ];
    for (order, length, by) in orders {
        functions.sort_by(|one, other| by(other).total_cmp(&by(one)).then_with(|| one.name.cmp(&other.name)));
        let _ = writeln!(text, "\n# by {order}");
        for Line { name, own, inclusive, calls } in functions.iter().take(length) {
            let _ = writeln!(
                text,
                "{:9.0} {:8.0} {calls:7.2} {:6.1} {:6.1} {:6.1} {:6.1}  {name}",
                inclusive.instructions,
                own.instructions,
                inclusive.data_misses,
                own.data_misses,
                inclusive.instruction_misses,
                own.instruction_misses,
            );
        }
    }
    text.push_str("\n# who asks for memory: calls, function\n");
    for (name, calls, _) in many.callers_since(few, every, |name| ALLOCATING.contains(&name)) {
        let _ = writeln!(text, "{calls:7.2}  {name}");
    }
    text.push_str("\n# who copies memory: calls, instructions, data misses, function\n");
    let copying = |name: &str| name.starts_with("__memcpy") || name.starts_with("__memmove");
    for (name, calls, cost) in many.callers_since(few, every, copying) {
        let _ = writeln!(text, "{calls:7.2} {:7.0} {:6.1}  {name}", cost.instructions, cost.data_misses);
    }
    let path: PathBuf = folder.join("results").join(format!("profile-{}.txt", name.replace(' ', "-")));
    fs::write(path, text).map_err(|error| error.to_string())
}
