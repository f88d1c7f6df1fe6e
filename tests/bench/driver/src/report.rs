//! Tables in Markdown and plots, made from the raw numbers and from nothing else.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use crate::{
    clients,
    load::Sample,
    scenarios::{self, Samples},
    sessions::{self, Weight},
    stdio, table,
};

/// The scenario's samples of one server at one number of connections, in the order of the rounds.
type Cell<'a> = Vec<&'a Sample>;

struct Table<'a> {
    /// In the order in which they were measured first.
    servers: Vec<&'a str>,
    connections: Vec<usize>,
    cells: BTreeMap<(usize, &'a str), Cell<'a>>,
}

impl<'a> Table<'a> {
    fn of(samples: &'a [Sample], scenario: &str) -> Self {
        let mut table = Self { servers: Vec::new(), connections: Vec::new(), cells: BTreeMap::new() };
        for sample in samples.iter().filter(|sample| sample.scenario == scenario) {
            if !table.servers.contains(&sample.server.as_str()) {
                table.servers.push(&sample.server);
            }
            if !table.connections.contains(&sample.connections) {
                table.connections.push(sample.connections);
            }
            table.cells.entry((sample.connections, &sample.server)).or_default().push(sample);
        }
        table
    }

    fn median(&self, connections: usize, server: &str, value: impl Fn(&Sample) -> f64) -> Option<f64> {
        let cell = self.cells.get(&(connections, server))?;
        median(cell.iter().map(|sample| value(sample)).collect())
    }

    /// The median of the ratios of each round: what the machine does to one round, it does to both.
    fn ratio(&self, connections: usize, server: &str, base: &str, value: impl Fn(&Sample) -> f64) -> Option<f64> {
        let (cell, base) = (self.cells.get(&(connections, server))?, self.cells.get(&(connections, base))?);
        let ratios = cell.iter().filter_map(|sample| {
            let base = base.iter().find(|base| base.round == sample.round)?;
            Some(value(sample) / value(base))
        });
        median(ratios.collect())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

pub fn run(folder: &Path) -> Result<(), String> {
    let samples = Samples::new(folder).read();
    let mut text = String::new();
    let http: Vec<(&str, &str)> = scenarios::http().iter().map(|scenario| (scenario.name, scenario.about)).collect();
    let others = [
        (
            stdio::NAMES[0],
            "A server on pipes: one request after the other, and 64 in flight. `connections` is the number in flight.",
        ),
        (stdio::NAMES[1], "From the start of the process to the answer to `initialize`, in microseconds (`p50`)."),
        (
            clients::NAME,
            "Clients that call the floor; the cost is the client's. `connections` is the number of calls in flight.",
        ),
    ];
    for (name, about) in http.into_iter().chain(others) {
        let table = Table::of(&samples, name);
        if table.servers.is_empty() {
            continue;
        }
        let base = table.servers[0];
        let foreign = table.cells.values().flatten().map(|sample| sample.foreign).collect();
        let foreign = median(foreign).unwrap_or(0.0) * 100.0;
        let _ = writeln!(text, "### {name}\n\n{about}");
        if foreign >= 5.0 {
            let _ = writeln!(
                text,
                "\nOther programs used {foreign:.0} % of both cores meanwhile: only the ratios say something."
            );
        }
        text.push('\n');
        let _ = writeln!(
            text,
            "| server | connections | requests/s | p50 us | p99 us | CPU us/request | x {base} | x rmcp | resident MiB | peak MiB |"
        );
        text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        for &connections in &table.connections {
            for server in &table.servers {
                let Some(rate) = table.median(connections, server, |sample| sample.requests as f64 / sample.seconds)
                else {
                    continue;
                };
                let value = |of: fn(&Sample) -> f64| table.median(connections, server, of).unwrap_or(0.0);
                let ratio = |base: &str| {
                    let ratio = table.ratio(connections, server, base, |sample| sample.cpu_us);
                    ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
                };
                let _ = writeln!(
                    text,
                    "| {server} | {connections} | {rate:.0} | {:.0} | {:.0} | {:.2} | {} | {} | {:.1} | {:.1} |",
                    value(|sample| sample.p50_us),
                    value(|sample| sample.p99_us),
                    value(|sample| sample.cpu_us),
                    ratio(base),
                    ratio("rmcp"),
                    value(|sample| sample.resident_kib as f64 / 1024.0),
                    value(|sample| sample.peak_kib as f64 / 1024.0),
                );
            }
        }
        let file = format!("{}.svg", name.replace(' ', "-"));
        let plot = if table.connections.len() > 3 { lines(&table, name) } else { bars(&table, name) };
        fs::write(folder.join("results").join(&file), plot).map_err(|error| error.to_string())?;
        let _ = writeln!(text, "\n![{name}](../tests/bench/results/{file})\n");
    }
    let text = text.trim_end();
    let page = folder.join("../../docs/performance.md");
    replace(&page, "results", text)?;
    replace(&page, "sessions", &weights(folder))?;
    replace(&page, "counts", &counts(folder))?;
    replace(&page, "build", &builds(folder))?;
    replace(&page, "profile", &profile(folder))
}

/// What `tests/bench/build` measured; the last program is what the others are compared with.
fn builds(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("results/build.tsv")).unwrap_or_default();
    let rows: Vec<(&str, Vec<f64>)> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?, fields.filter_map(|field| field.parse().ok()).collect()))
        })
        .collect();
    let mut out = String::from(
        "| program | clean build, s | x | crates | x | stripped, MB | x |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for (name, values) in &rows {
        if let ([seconds, crates, _, stripped], Some((_, base))) = (values.as_slice(), rows.last())
            && let [base_seconds, base_crates, _, base_stripped] = base.as_slice()
        {
            let _ = writeln!(
                out,
                "| {name} | {seconds:.1} | {:.2} | {crates:.0} | {:.2} | {:.2} | {:.2} |",
                seconds / base_seconds,
                crates / base_crates,
                stripped / 1e6,
                stripped / base_stripped,
            );
        }
    }
    out.trim_end().to_owned()
}

fn weights(folder: &Path) -> String {
    let weights = sessions::read(folder);
    let mut out = String::from(
        "| server | sessions | KiB/idle session | + KiB/open stream | CPU us to open a session | broadcast to all, ms | CPU us/stream told |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    let optional = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
    for weight in weights {
        let Weight {
            server,
            sessions,
            kib_per_session,
            kib_per_stream,
            open_cpu_us,
            broadcast_ms,
            broadcast_cpu_us_per_stream,
        } = weight;
        let _ = writeln!(
            out,
            "| {server} | {sessions} | {kib_per_session:.2} | {kib_per_stream:.1} | {open_cpu_us:.0} | {} | {} |",
            optional(broadcast_ms),
            optional(broadcast_cpu_us_per_stream)
        );
    }
    out.trim_end().to_owned()
}

fn counts(folder: &Path) -> String {
    let rows = table::read(&folder.join("counts.tsv"));
    let mut out = String::from(
        "| request | server | instructions | x floor | allocations | data misses | instruction misses |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    let rank = |server: &str| ["floor", "ours"].iter().position(|known| *known == server).unwrap_or(9);
    let mut sorted: Vec<_> =
        rows.iter().filter_map(|(name, count)| Some((name.split_once(' ')?, name, count))).collect();
    sorted.sort_by_key(|((server, what), ..)| (*what, rank(server), *server));
    for ((server, what), name, count) in sorted {
        let floor = table::floor_of(name, &rows);
        let ratio = floor.map_or("–".to_owned(), |floor| format!("{:.2}", count.instructions / floor.instructions));
        let _ = writeln!(
            out,
            "| {what} | {server} | {:.0} | {ratio} | {:.1} | {:.0} | {:.0} |",
            count.instructions, count.allocations, count.data_misses, count.instruction_misses
        );
    }
    out.trim_end().to_owned()
}

/// The 25 functions with the most instructions; the frames of threads around them are left out.
fn profile(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("results/profile-ours-call.txt")).unwrap_or_default();
    let mut out = String::from(
        "| instructions | of its own | calls | data misses | of its own | instruction misses | of its own | function |\n\
         |--:|--:|--:|--:|--:|--:|--:|---|\n",
    );
    let frames = ["start_thread", "clone", "__rust_begin_short_backtrace", "vtable.shim", "thread_start"];
    let functions =
        text.lines().skip_while(|line| *line != "# by inclusive").skip(1).take_while(|line| !line.is_empty());
    for line in functions
        .filter(|line| !frames.iter().any(|frame| line.ends_with(frame) || line.contains("vtable.shim")))
        .take(25)
    {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let Some((numbers, name)) = fields.split_at_checked(7) else { continue };
        let _ = writeln!(out, "| {} | `{}` |", numbers.join(" | "), name.join(" ").replace('|', "/"));
    }
    out.trim_end().to_owned()
}

/// Replaces what stands between two markers of a page.
fn replace(page: &Path, marker: &str, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", page.display());
    let old = fs::read_to_string(page).map_err(failed)?;
    let (begin, end) = (format!("<!-- {marker}:begin -->"), format!("<!-- {marker}:end -->"));
    let missing = || format!("{}: the markers of {marker} are missing", page.display());
    let (before, rest) = old.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    fs::write(page, format!("{before}{begin}\n{text}\n{end}{after}")).map_err(failed)
}

const COLOURS: [&str; 8] = ["#7a7a7a", "#1f6feb", "#6cb0ff", "#d1242f", "#f08c8c", "#8250df", "#bf8700", "#2da44e"];
const FONT: &str = r#"font-family="sans-serif" font-size="12""#;

/// CPU per request: a bar for each server, grouped by the number of connections.
fn bars(table: &Table<'_>, name: &str) -> String {
    let mut rows = Vec::new();
    for &connections in &table.connections {
        for (at, server) in table.servers.iter().enumerate() {
            if let Some(cpu) = table.median(connections, server, |sample| sample.cpu_us) {
                rows.push((connections, at, *server, cpu));
            }
        }
    }
    let most = rows.iter().map(|row| row.3).fold(0.0, f64::max);
    let height = 40 + rows.len() * 20 + table.connections.len() * 22;
    let unit = if name == stdio::NAMES[1] { "time to the first answer" } else { "CPU per request" };
    let mut svg = open(760, height, &format!("{name}: {unit}, microseconds"));
    let mut y = 40;
    let mut last = None;
    for (connections, at, server, cpu) in rows {
        if last != Some(connections) {
            let _ = writeln!(svg, r##"<text x="8" y="{}" {FONT} fill="#222">{connections} at once</text>"##, y + 14);
            y += 22;
            last = Some(connections);
        }
        let width = (cpu / most * 480.0).max(1.0);
        let _ = writeln!(svg, r##"<text x="150" y="{}" {FONT} fill="#222" text-anchor="end">{server}</text>"##, y + 13);
        let _ = writeln!(
            svg,
            r#"<rect x="158" y="{y}" width="{width:.1}" height="16" fill="{}"/>"#,
            COLOURS[at % COLOURS.len()]
        );
        let _ = writeln!(svg, r##"<text x="{:.1}" y="{}" {FONT} fill="#222">{cpu:.1}</text>"##, 164.0 + width, y + 13);
        y += 20;
    }
    svg + "</svg>\n"
}

/// Requests per second by the number of connections: a line for each server.
fn lines(table: &Table<'_>, name: &str) -> String {
    let (width, height, left, bottom) = (560.0, 300.0, 70.0, 330.0);
    let mut svg = open(760, 370, &format!("{name}: requests per second"));
    let last = (table.connections.len() - 1).max(1) as f64;
    let rate =
        |connections, server| table.median(connections, server, |sample| sample.requests as f64 / sample.seconds);
    let rates = table
        .servers
        .iter()
        .flat_map(|server| table.connections.iter().filter_map(|connections| rate(*connections, server)));
    let most = rates.fold(1.0, f64::max);
    for step in 0..=4 {
        let y = bottom - height * f64::from(step) / 4.0;
        let label = most * f64::from(step) / 4.0 / 1000.0;
        let _ = writeln!(
            svg,
            r##"<line x1="{left}" x2="{}" y1="{y:.1}" y2="{y:.1}" stroke="#8888" stroke-width="0.5"/>"##,
            left + width
        );
        let _ = writeln!(
            svg,
            r##"<text x="{}" y="{:.1}" {FONT} fill="#222" text-anchor="end">{label:.0} k</text>"##,
            left - 6.0,
            y + 4.0
        );
    }
    for (at, connections) in table.connections.iter().enumerate() {
        let x = left + width * at as f64 / last;
        let _ = writeln!(
            svg,
            r##"<text x="{x:.1}" y="{}" {FONT} fill="#222" text-anchor="middle">{connections}</text>"##,
            bottom + 18.0
        );
    }
    for (at, server) in table.servers.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let points: Vec<String> = table
            .connections
            .iter()
            .enumerate()
            .filter_map(|(place, connections)| {
                let rate = rate(*connections, server)?;
                Some(format!("{:.1},{:.1}", left + width * place as f64 / last, bottom - height * rate / most))
            })
            .collect();
        let _ = writeln!(
            svg,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            points.join(" ")
        );
        let _ = writeln!(
            svg,
            r##"<text x="{}" y="{}" {FONT} fill="{colour}">{server}</text>"##,
            left + width + 12.0,
            50 + at * 18
        );
    }
    svg + "</svg>\n"
}

fn open(width: usize, height: usize, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"8\" y=\"20\" font-family=\"sans-serif\" font-size=\"14\" font-weight=\"bold\" fill=\"#222\">{title}</text>\n"
    )
}
