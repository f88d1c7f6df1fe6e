//! Members of the caller's own in `_meta`.

use mcp_core::{
    error::shown,
    json::{RawJson, RawObject},
    model::check_meta_key,
};
use serde::Serialize;

use crate::error::{Error, Result};

pub(super) fn insert(meta: &mut RawObject, key: &str, value: &impl Serialize) -> Result<()> {
    check_meta_key(key).map_err(|reason| Error::input(format!("`{}` is no key for `_meta`: {reason}", shown(key))))?;
    let value = RawJson::from_value(value)
        .map_err(|error| Error::input(format!("the value of `{key}` cannot be written as JSON")).because(error))?;
    meta.insert(key, value);
    Ok(())
}
