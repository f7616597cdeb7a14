//! What was answered to questions before, by question: whoever is asked again can go through it.

use super::Asked;
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

/// Lines of this run of the program.
#[derive(Debug, Clone, Default)]
pub struct Past(HashMap<Discriminant<Asked>, Vec<String>>);

/// Lines of one question.
const MOST: usize = 100;

impl Past {
    /// What was answered to this, whatever report it was about.
    pub fn of(&self, asked: &Asked) -> Vec<String> {
        self.0.get(&discriminant(asked)).cloned().unwrap_or_default()
    }

    /// This was answered. The number that approves is to be read each time.
    pub fn remember(&mut self, asked: &Asked, text: &str) {
        if text.is_empty() || matches!(asked, Asked::Number(_)) {
            return;
        }
        let lines = self.0.entry(discriminant(asked)).or_default();
        lines.retain(|line| line != text);
        lines.push(text.to_owned());
        if lines.len() > MOST {
            lines.remove(0);
        }
    }
}
