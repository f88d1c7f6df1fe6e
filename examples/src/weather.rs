//! Weather stations: handlers that share state, and a structured result.

use std::{collections::BTreeMap, fmt};

use mcp_server::{Context, Json, Server, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a station says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Degrees Celsius.
    pub temperature: f64,
    /// What one sees on looking up.
    pub sky: String,
}

/// The stations, by city.
pub struct Weather {
    stations: BTreeMap<String, Report>,
}

/// There is no station in this city.
#[derive(Debug)]
struct NoStation(String);

impl fmt::Display for NoStation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no station in {}", self.0)
    }
}

impl std::error::Error for NoStation {}

impl Weather {
    /// Two stations that never change their mind.
    pub fn new() -> Self {
        let station =
            |city: &str, temperature, sky: &str| (city.to_owned(), Report { temperature, sky: sky.to_owned() });
        Self { stations: BTreeMap::from([station("Oslo", -3.5, "snow"), station("Lagos", 31.0, "clear")]) }
    }

    fn lookup(&self, city: &str) -> Result<Report, NoStation> {
        self.stations.get(city).cloned().ok_or_else(|| NoStation(city.to_owned()))
    }
}

impl Default for Weather {
    fn default() -> Self {
        Self::new()
    }
}

#[mcp_server::handlers]
impl Weather {
    /// Current weather in a city.
    #[tool(title = "Weather", read_only, open_world)]
    async fn current(&self, city: String, ctx: Context) -> Result<Json<Report>, ToolError> {
        ctx.progress(0.5, 1.0, "asking the station").await;
        Ok(Json(self.lookup(&city)?))
    }
}

/// A server with these handlers.
pub fn server() -> Server {
    Server::builder("weather", "1.0.0").handlers(Weather::new()).build()
}
