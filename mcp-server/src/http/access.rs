//! Which `Host` and `Origin` a request may name: the defence against DNS rebinding, by which a web page reaches a server
//! on the machine of whoever looks at it (2026-07-28, basic/transports/streamable-http, "Security Warning").

use std::sync::OnceLock;

use http::{StatusCode, Version, header, request::Parts};
use mcp_core::error::shown;

use super::{
    reply::{Refusal, refuse},
    single::{Single, text_of},
};
use crate::refusal_log::{RefusalKind, RefusalLog};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The longest `Host` that is remembered, in bytes: a name of the DNS, and a port.
const LONGEST_USUAL: usize = 260;

/// The hosts and origins that are let in. By default those of this very machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    hosts: Vec<String>,
    origins: Vec<String>,
    any_host: bool,
    /// The first `Host` that was let in: nearly always that of all requests. What is let in once is let in for ever,
    /// because more is allowed and nothing is refused anew.
    usual: OnceLock<Box<str>>,
}

impl Access {
    pub(crate) fn allow_host(&mut self, host: &str) {
        self.hosts.push(host.to_ascii_lowercase());
    }

    pub(crate) fn allow_origin(&mut self, origin: &str) {
        self.origins.push(origin.trim_end_matches('/').to_ascii_lowercase());
    }

    pub(crate) fn allow_any_host(&mut self) {
        self.any_host = true;
    }

    /// Whether hosts beyond this machine were named.
    pub(crate) fn is_configured(&self) -> bool {
        self.any_host || !self.hosts.is_empty()
    }

    /// Refuses requests from elsewhere.
    pub(crate) fn check(&self, parts: &Parts, refusals: &RefusalLog) -> Result<(), Refusal> {
        let [host, origin] = Single::find(&parts.headers, [&header::HOST, &header::ORIGIN]);
        self.check_found(parts, host, origin, refusals)
    }

    /// As [`check`](Self::check), where the headers have been found.
    pub(crate) fn check_found(
        &self,
        parts: &Parts,
        host: Single<'_>,
        origin: Single<'_>,
        refusals: &RefusalLog,
    ) -> Result<(), Refusal> {
        if let (Single::Once(host), Single::Absent, None) = (host, origin, parts.uri.authority())
            && self.usual.get().is_some_and(|usual| usual.as_bytes() == host.as_bytes())
        {
            return Ok(());
        }
        self.check_anew(parts, host, origin, refusals)
    }

    /// As [`check_found`](Self::check_found), of what may be unusual.
    #[inline(never)]
    fn check_anew(
        &self,
        parts: &Parts,
        host: Single<'_>,
        origin: Single<'_>,
        refusals: &RefusalLog,
    ) -> Result<(), Refusal> {
        // HTTP/2 carries the host in the request target. In HTTP/1.1 the target may name one as well, and counts more
        // than the header (RFC 9112, section 3.2.2): then both must be allowed.
        let target = parts.uri.authority().map(http::uri::Authority::as_str);
        let name = match host {
            // What is no text matches nothing that is allowed.
            Single::Once(host) => text_of(host).unwrap_or_default(),
            // Who asks in HTTP/1.1 must say whom (RFC 9112, section 3.2).
            Single::Absent if target.is_none() && !self.any_host && parts.version == Version::HTTP_11 => {
                return Err(no_host(refusals));
            }
            Single::Absent => target.unwrap_or_default(),
            Single::Repeated => return Err(repeated(refusals)),
        };
        if !self.is_host_allowed(name) {
            return Err(not_served(refusals, name));
        }
        if matches!(host, Single::Once(_)) && name.len() <= LONGEST_USUAL {
            self.usual.get_or_init(|| name.into());
        }
        if let Some(target) = target
            && !self.is_host_allowed(target)
        {
            return Err(not_served(refusals, target));
        }
        match origin {
            Single::Absent => Ok(()),
            Single::Once(origin) if self.is_origin_allowed(text_of(origin).unwrap_or_default()) => Ok(()),
            _ => Err(not_allowed(refusals, origin)),
        }
    }

    fn is_host_allowed(&self, host: &str) -> bool {
        if self.any_host {
            return true;
        }
        let Some(name) = without_port(host) else { return false };
        is_loopback(name)
            || self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name) || allowed.eq_ignore_ascii_case(host))
    }

    fn is_origin_allowed(&self, origin: &str) -> bool {
        if self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
            return true;
        }
        // A page of this machine may come in while only this machine is served.
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        !self.is_configured() && authority.and_then(without_port).is_some_and(is_loopback)
    }
}

#[cold]
fn repeated(refusals: &RefusalLog) -> Refusal {
    refusals.tell(RefusalKind::Host, format_args!("a request is refused: its Host header stands more than once"));
    refuse(StatusCode::BAD_REQUEST, "the Host header stands more than once")
}

#[cold]
fn not_served(refusals: &RefusalLog, host: &str) -> Refusal {
    let name = without_port(host).unwrap_or_default();
    let what = shown(host);
    // What nobody would name a host is not put into a line of code that somebody may copy.
    if is_plain(name) {
        let advice = format_args!(
            "if clients reach this server by that name, allow it with HttpService::allow_host(\"{}\")",
            shown(name)
        );
        refusals.tell(RefusalKind::Host, format_args!("a request is refused: its Host is \"{what}\"; {advice}"));
    } else {
        refusals
            .tell(RefusalKind::Host, format_args!("a request is refused: its Host is \"{what}\", which is no host"));
    }
    refuse(StatusCode::FORBIDDEN, "this Host is not served: the server must be told to allow it")
}

#[cold]
fn no_host(refusals: &RefusalLog) -> Refusal {
    let what = format_args!(
        "a request is refused: it has no Host header; have the client, or the proxy in front, send one, or use \
         HttpService::allow_any_host"
    );
    refusals.tell(RefusalKind::Host, what);
    refuse(StatusCode::BAD_REQUEST, "the header Host is missing")
}

#[cold]
fn not_allowed(refusals: &RefusalLog, origin: Single<'_>) -> Refusal {
    let origin = match origin {
        Single::Once(origin) => String::from_utf8_lossy(origin.as_bytes()),
        Single::Absent | Single::Repeated => "(more than one)".into(),
    };
    let what = shown(&origin);
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    if authority.is_some_and(is_plain) {
        let advice =
            format_args!("if that web page may use this server, allow it with HttpService::allow_origin(\"{what}\")");
        refusals.tell(RefusalKind::Origin, format_args!("a request is refused: its Origin is \"{what}\"; {advice}"));
    } else {
        let reason = "which no web page has that may be let in";
        refusals.tell(RefusalKind::Origin, format_args!("a request is refused: its Origin is \"{what}\", {reason}"));
    }
    refuse(StatusCode::FORBIDDEN, "this Origin is not allowed: the server must be told to allow it")
}

/// Whether it has nothing but what hosts and ports are written with.
fn is_plain(authority: &str) -> bool {
    !authority.is_empty() && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte))
}

fn is_loopback(name: &str) -> bool {
    LOOPBACK.iter().any(|loopback| loopback.eq_ignore_ascii_case(name))
}

/// The host without its port, or `None` if it is not a host with or without one.
fn without_port(authority: &str) -> Option<&str> {
    let place = |wanted: u8| authority.bytes().position(|byte| byte == wanted);
    let end = if authority.starts_with('[') { place(b']')? + 1 } else { place(b':').unwrap_or(authority.len()) };
    let (name, port) = authority.split_at_checked(end)?;
    match port.as_bytes() {
        [] => Some(name),
        // Also none: "port = *DIGIT" (RFC 3986, section 3.2.3).
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::lifecycle::Lifecycle;

    fn status(access: &Access, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let refusals = RefusalLog::new(&Lifecycle::default());
        let refused = access.check(&request.body(()).unwrap().into_parts().0, &refusals).err();
        refused.map(|refusal| refusal.status().as_u16())
    }

    /// A name that was made to mean this machine is another name all the same.
    #[test]
    fn only_hosts_of_this_machine_are_let_in_by_default() {
        let access = Access::default();
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]", "[::1]:80", "localhost:"] {
            assert_eq!(status(&access, &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.com",
            "127.0.0.1.evil.com",
            "localhost@evil.com",
            "",
            "0.0.0.0",
            "[::ffff:127.0.0.1]",
            "localhost:80:80",
            "localhost.",
            "[::1",
            "127.0.0.1:8o",
        ] {
            assert_eq!(status(&access, &[("host", host)]), Some(403), "{host}");
        }
        assert_eq!(status(&access, &[]), Some(400));
        assert_eq!(status(&access, &[("host", "localhost"), ("host", "localhost")]), Some(400));
    }

    /// Neither whether its origin is looked at nor whether another host is hangs on which one was let in before.
    #[test]
    fn a_host_that_was_let_in_before_lets_in_nothing_else() {
        let access = Access::default();
        for _ in 0..2 {
            assert_eq!(status(&access, &[("host", "localhost:1")]), None);
            for host in ["localhost:1x", "localhost:", "LOCALHOST:1", "127.0.0.1"] {
                let is_let_in = !host.ends_with('x');
                assert_eq!(status(&access, &[("host", host)]), (!is_let_in).then_some(403), "{host}");
            }
            assert_eq!(status(&access, &[("host", "localhost:1"), ("origin", "http://evil.com")]), Some(403));
            assert_eq!(status(&access, &[("host", "localhost:1"), ("host", "localhost:1")]), Some(400));
            let target = Request::builder().uri("http://evil.com/").header("host", "localhost:1").body(()).unwrap();
            let refusals = RefusalLog::new(&Lifecycle::default());
            let refused = access.check(&target.into_parts().0, &refusals).unwrap_err();
            assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        }
        // Also where any host is let in.
        let any = Access { any_host: true, ..Access::default() };
        assert_eq!(status(&any, &[("host", "")]), None);
        assert_eq!(status(&any, &[("host", "elsewhere"), ("origin", "http://evil.com")]), Some(403));
    }

    /// What is no origin at all is none of them.
    #[test]
    fn only_origins_of_this_machine_are_let_in_by_default() {
        let access = Access::default();
        for origin in ["http://localhost", "http://localhost:5173", "https://127.0.0.1", "http://[::1]:3000"] {
            assert_eq!(status(&access, &[("host", "localhost"), ("origin", origin)]), None, "{origin}");
        }
        for origin in [
            "http://evil.com",
            "null",
            "http://localhost.evil.com",
            "http://evil@localhost",
            "localhost",
            "",
            "file://localhost",
            "http://localhost/",
        ] {
            assert_eq!(status(&access, &[("host", "localhost"), ("origin", origin)]), Some(403), "{origin}");
        }
        let twice = [("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://localhost")];
        assert_eq!(status(&access, &twice), Some(403));
    }

    #[test]
    fn named_hosts_and_origins_are_let_in() {
        let mut access = Access::default();
        access.allow_host("MCP.example.com");
        access.allow_host("other.example.com:8443");
        access.allow_origin("https://app.example.com/");
        for host in ["mcp.example.com", "mcp.example.com:443", "other.example.com:8443", "localhost:1"] {
            assert_eq!(status(&access, &[("host", host)]), None, "{host}");
        }
        assert_eq!(status(&access, &[("host", "other.example.com")]), Some(403));
        let origin = |origin| status(&access, &[("host", "mcp.example.com"), ("origin", origin)]);
        assert_eq!(origin("https://APP.example.com"), None);
        assert_eq!(origin("http://app.example.com"), Some(403));
        assert_eq!(origin("http://localhost"), Some(403));
    }
}
