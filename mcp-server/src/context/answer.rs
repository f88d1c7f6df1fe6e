//! What a user made of a question.

/// What a user made of a question (2026-07-28, client/elicitation, "Response Actions"). Closed. "Declined" and "cancelled"
/// differ: who said no should not be asked again, who closed the window may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "the user may have said no"]
pub enum Answer<T> {
    /// The user answered.
    Accept(T),
    /// The user said no.
    Decline,
    /// The user closed the question without a choice.
    Cancel,
}

impl<T> Answer<T> {
    /// What was answered; `None` if the user declined or cancelled.
    ///
    /// ```
    /// use mcp_server::Answer;
    ///
    /// assert_eq!(Answer::Accept(3).accepted(), Some(3));
    /// assert_eq!(Answer::<i32>::Decline.accepted(), None);
    /// ```
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Accept(answer) => Some(answer),
            Self::Decline | Self::Cancel => None,
        }
    }

    /// The same answer, with something else in it.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Accept(answer) => Answer::Accept(f(answer)),
            Self::Decline => Answer::Decline,
            Self::Cancel => Answer::Cancel,
        }
    }

    pub(super) fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Answer<U>, E> {
        Ok(match self {
            Self::Accept(answer) => Answer::Accept(f(answer)?),
            Self::Decline => Answer::Decline,
            Self::Cancel => Answer::Cancel,
        })
    }
}
