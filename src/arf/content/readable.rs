//! HTML as text for a person: what is seen, a line for each block, each link followed by where it leads. Scripts,
//! styles and comments are left out; nothing is fetched.

use crate::arf::words;
use html5gum::{DefaultEmitter, Token, Tokenizer};
use std::convert::Infallible;

/// Elements that stand on lines of their own.
const BLOCKS: [&[u8]; 33] = [
    b"address",
    b"article",
    b"aside",
    b"blockquote",
    b"body",
    b"center",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"footer",
    b"form",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"header",
    b"hr",
    b"li",
    b"main",
    b"nav",
    b"ol",
    b"option",
    b"p",
    b"pre",
    b"section",
    b"table",
    b"title",
    b"tr",
    b"ul",
];

/// Text that nobody sees.
const UNSEEN: [&[u8]; 3] = [b"script", b"style", b"template"];

/// The text of HTML, links shown as `text [url]`.
pub fn html_as_text(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page::default();
    let tokens: Tokenizer<_, DefaultEmitter> = Tokenizer::new_with_emitter(html, emitter);
    for token in tokens {
        let Ok::<_, Infallible>(token) = token;
        match token {
            Token::String(text) if page.unseen == 0 => page.text(&words::text(&text, None)),
            Token::StartTag(tag) => {
                let name: &[u8] = &tag.name;
                if UNSEEN.contains(&name) && !tag.self_closing {
                    page.unseen += 1;
                }
                let value = |wanted: &[u8]| {
                    let found = tag.attributes.iter().find(|(name, _)| name.as_slice() == wanted);
                    found.map(|(_, value)| words::text(value, None).trim().to_owned())
                };
                match name {
                    b"br" => page.new_line(),
                    b"td" | b"th" => page.gap(),
                    b"img" | b"input" => {
                        let label = value(b"alt").or_else(|| value(b"value")).unwrap_or_default();
                        page.text(&label);
                        page.target(value(b"src").unwrap_or_default());
                    }
                    b"a" | b"area" => {
                        page.end_link();
                        page.link = value(b"href").filter(|target| !target.is_empty());
                    }
                    b"form" => {
                        page.new_line();
                        page.target(value(b"action").unwrap_or_default());
                    }
                    _ if BLOCKS.contains(&name) => page.new_line(),
                    _ => {}
                }
            }
            Token::EndTag(tag) => {
                let name: &[u8] = &tag.name;
                if UNSEEN.contains(&name) {
                    page.unseen = page.unseen.saturating_sub(1);
                }
                match name {
                    b"a" => page.end_link(),
                    _ if BLOCKS.contains(&name) => page.new_line(),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    page.end_link();
    page.new_line();
    page.out
}

#[derive(Default)]
struct Page {
    out: String,
    line: String,
    /// Where the link that is open leads.
    link: Option<String>,
    unseen: usize,
}

impl Page {
    /// White space of any kind and length is one blank, as browsers show it.
    fn text(&mut self, text: &str) {
        if text.starts_with(char::is_whitespace) {
            self.gap();
        }
        let mut words = text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            self.line.push_str(word);
            if words.peek().is_some() || text.ends_with(char::is_whitespace) {
                self.gap();
            }
        }
    }

    fn gap(&mut self) {
        if !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
    }

    fn target(&mut self, url: String) {
        // An image inside the mail itself leads nowhere.
        let inside = url.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"));
        if !url.is_empty() && !inside {
            self.gap();
            self.line.push('[');
            self.line.push_str(&url);
            self.line.push(']');
        }
    }

    fn end_link(&mut self) {
        if let Some(url) = self.link.take() {
            self.target(url);
        }
    }

    fn new_line(&mut self) {
        let line = self.line.trim_end();
        if !line.is_empty() {
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::html_as_text;

    #[test]
    fn what_is_seen_stands_on_lines_and_links_say_where_they_lead() {
        for (html, text) in [
            (
                "<p>Dear <b>cust</b>omer,<br>click <a href='http://evil.example/x'>your bank</a> now.</p><p>Bye",
                "Dear customer,\nclick your bank [http://evil.example/x] now.\nBye\n",
            ),
            ("<style>p{}</style><script>if (a<b) {}</script>seen", "seen\n"),
            ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc\n"),
            (
                "<img src=http://t.example/p.gif alt=Logo><img src='data:image/png;base64,AAAA'>",
                "Logo [http://t.example/p.gif]\n",
            ),
            ("&Uuml;ber &amp; <!-- no --> aus", "Über & aus\n"),
            (
                "<a href=http://one.example>one<a href=http://two.example>two",
                "one [http://one.example]two [http://two.example]\n",
            ),
            ("cut <a href=\"http://e.exam", "cut\n"),
            ("", ""),
        ] {
            assert_eq!(html_as_text(html), text, "{html}");
        }
    }
}
