//! Cuts what a child writes to its standard error into lines. It is for people: of a line that is too long its beginning
//! is shown.

/// Lines of at most so many bytes.
pub(super) struct StderrLines {
    line: Vec<u8>,
    max: usize,
}

impl StderrLines {
    pub(super) fn new(max: usize) -> Self {
        Self { line: Vec::new(), max }
    }

    /// Takes in what was read, and hands over each line that is complete.
    pub(super) fn push(&mut self, bytes: &[u8], mut then: impl FnMut(&str)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            self.keep(&rest[..end]);
            self.end(&mut then);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        self.keep(rest);
    }

    /// Hands over the last line, if it has no end.
    pub(super) fn finish(&mut self, then: impl FnMut(&str)) {
        if !self.line.is_empty() {
            self.end(then);
        }
    }

    fn keep(&mut self, part: &[u8]) {
        let room = self.max.saturating_sub(self.line.len()).min(part.len());
        self.line.extend_from_slice(&part[..room]);
    }

    fn end(&mut self, mut then: impl FnMut(&str)) {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        if !line.trim_ascii().is_empty() {
            then(&String::from_utf8_lossy(line));
        }
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_up_to_their_bound_and_the_last_needs_no_end() {
        let mut seen = Vec::new();
        let mut lines = StderrLines::new(5);
        for piece in ["on", "e\r\n\n  \ntwo, which is long\nth", "ree"] {
            lines.push(piece.as_bytes(), |line| seen.push(line.to_owned()));
        }
        lines.finish(|line| seen.push(line.to_owned()));
        lines.finish(|line| seen.push(line.to_owned()));
        assert_eq!(seen, ["one", "two, ", "three"]);
    }
}
