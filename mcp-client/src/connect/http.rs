//! A URL, and what goes with every request to it.

use crate::{
    error::Result,
    http::{Endpoint, HttpOptions, ProgramHeaders, RequestHeaders},
    limits::Limits,
};

pub(super) fn endpoint(url: &str, options: &HttpOptions, limits: &Limits) -> Result<Endpoint> {
    let fixed = RequestHeaders::default();
    for (name, value) in &options.headers {
        fixed.append(name, &value.0)?;
    }
    let headers = ProgramHeaders { fixed, shared: options.shared.clone(), source: options.source.clone() };
    Endpoint::new(url, options.client.clone(), headers, limits)
}
