//! A URL, and the headers that go with every request to it.

use crate::{
    builder::Secret,
    error::{Error, Result},
    http::{Endpoint, HeaderMap, HeaderName, HeaderValue},
    limits::Limits,
};

pub(super) fn endpoint(url: &str, headers: &[(String, Secret)], limits: &Limits) -> Result<Endpoint> {
    let mut map = HeaderMap::new();
    for (name, Secret(value)) in headers {
        let wrong = || Error::input(format!("the header `{name}` cannot be sent: name and value must be ASCII"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        map.append(name, value);
    }
    Endpoint::new(url, map, limits)
}
