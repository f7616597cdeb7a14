//! Searching in text that is shown: letters large or small, URLs as they are or as they are shown. Knows no screen.

/// What [`crate::text::defang`] writes, and what that stands for. Both are found by either.
const DEFANGED: [(&str, &str); 5] =
    [("[.]", "."), ("[@]", "@"), ("[:]", ":"), ("hxxp", "http"), ("fxp", "ftp")];

/// A text as it is compared: in small letters, with URLs as they are.
pub struct Folded {
    text: String,
    /// Where in the text each byte of that comes from.
    from: Vec<usize>,
}

impl Folded {
    /// This text. Linear in it.
    pub fn of(text: &str) -> Folded {
        let mut folded = Folded { text: String::with_capacity(text.len()), from: vec![] };
        let mut at = 0;
        while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let is_here = |form: &str| {
                text.get(at..at + form.len()).is_some_and(|written| written.eq_ignore_ascii_case(form))
            };
            let end = match DEFANGED.iter().find(|(form, _)| is_here(form)) {
                Some((form, meant)) => {
                    folded.text.push_str(meant);
                    at + form.len()
                }
                None => {
                    folded.text.extend(letter.to_lowercase());
                    at + letter.len_utf8()
                }
            };
            folded.from.resize(folded.text.len(), at);
            at = end;
        }
        folded
    }

    /// There is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Where the other one occurs, in bytes of the text that this was made of.
    pub fn places<'t>(&'t self, wanted: &'t Folded) -> impl Iterator<Item = usize> + 't {
        let found = self.text.match_indices(&wanted.text);
        found.filter_map(|(at, _)| self.from.get(at).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_defanged_is_found_in_both_forms_where_it_stands() {
        let line = "Große see HXXPS://Quick-River[.]test/a, hxxp://b[.]test";
        for (wanted, places) in [
            ("https://quick-river.test", vec![11]),
            ("hxxps://quick-river[.]test", vec![11]),
            ("://", vec![16, 45]),
            ("GROSSE", vec![]),
            ("GROßE", vec![0]),
            ("river.test/a,", vec![25]),
        ] {
            let found: Vec<usize> = Folded::of(line).places(&Folded::of(wanted)).collect();
            assert_eq!(found, places, "{wanted}");
        }
        assert!(Folded::of("").is_empty());
    }
}
