//! The notes, in a table of SQLite.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Its number, which its URI ends with.
    pub id: i64,
    /// What it is about, in a few words.
    pub title: String,
    /// What it says.
    pub text: String,
    /// The word under which it is filed.
    pub tag: String,
}

/// A handle to the table: cheap to clone.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, tag TEXT NOT NULL
)";
const NOTE: &str = "SELECT id, title, text, tag FROM notes";

impl Store {
    /// Opens the table in a file, or makes it.
    ///
    /// # Errors
    ///
    /// If the file is no database, or cannot be written.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        connection.execute(TABLE, ())?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Adds a note.
    ///
    /// # Errors
    ///
    /// If the database refuses it.
    pub async fn add(&self, title: String, text: String, tag: String) -> Result<Note> {
        self.run(move |connection| {
            let insert = "INSERT INTO notes (title, text, tag) VALUES (?1, ?2, ?3)";
            connection.execute(insert, params![title, text, tag]).context("cannot add the note")?;
            Ok(Note { id: connection.last_insert_rowid(), title, text, tag })
        })
        .await
    }

    /// Gives a note another text; says whether there is such a note.
    ///
    /// # Errors
    ///
    /// If the database refuses it.
    pub async fn edit(&self, id: i64, text: String) -> Result<bool> {
        let update = "UPDATE notes SET text = ?2 WHERE id = ?1";
        self.run(move |connection| Ok(connection.execute(update, params![id, text])? > 0)).await
    }

    /// Removes a note; says whether there was one.
    ///
    /// # Errors
    ///
    /// If the database refuses it.
    pub async fn remove(&self, id: i64) -> Result<bool> {
        self.run(move |connection| Ok(connection.execute("DELETE FROM notes WHERE id = ?1", [id])? > 0)).await
    }

    /// One note.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn get(&self, id: i64) -> Result<Option<Note>> {
        let select = format!("{NOTE} WHERE id = ?1");
        self.run(move |connection| Ok(connection.query_row(&select, [id], note).optional()?)).await
    }

    /// So many notes behind the one with a number, by number.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn behind(&self, id: i64, count: u32) -> Result<Vec<Note>> {
        let select = format!("{NOTE} WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.notes(select, (id, count)).await
    }

    /// The notes in which a text stands, and those with a tag if one is given.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn find(&self, text: String, tag: Option<String>) -> Result<Vec<Note>> {
        let select = format!(
            "{NOTE} WHERE (instr(lower(title), lower(?1)) OR instr(lower(text), lower(?1))) AND tag = ifnull(?2, tag)
             ORDER BY id LIMIT 100"
        );
        self.notes(select, (text, tag)).await
    }

    /// The tags that begin so.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn tags(&self, beginning: String) -> Result<Vec<String>> {
        let select = "SELECT DISTINCT tag FROM notes WHERE substr(tag, 1, length(?1)) = ?1 ORDER BY tag LIMIT 100";
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(select)?;
            let tags = statement.query_map([beginning], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(tags)
        })
        .await
    }

    async fn notes(&self, select: String, parameters: impl Params + Send + 'static) -> Result<Vec<Note>> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(&select)?;
            let notes = statement.query_map(parameters, note)?.collect::<Result<_, _>>()?;
            Ok(notes)
        })
        .await
    }

    /// SQLite blocks: on a thread for such work.
    async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let connection = self.connection.clone();
        let work = move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await?
    }
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note { id: row.get(0)?, title: row.get(1)?, text: row.get(2)?, tag: row.get(3)? })
}
