//! What a terminal shows, as SVG. Blocks and lines are drawn as rectangles: fonts leave gaps between them. Knows nothing
//! of what the picture is of.

use std::collections::BTreeMap;
use std::fmt::Write;
use vt100::{Cell, Color, Screen};

/// Pixels of a sign. Nearly all fixed fonts are six tenths as wide as they are high.
const FONT: f32 = 14.0;
const WIDE: f32 = 8.4;
const HIGH: f32 = 18.0;
/// From the top of a line to the foot of its letters.
const BASE: f32 = 13.5;
const MARGIN: f32 = 12.0;

const BACKGROUND: &str = "#14181d";
const TEXT: &str = "#d5dae0";
/// The sixteen colours of a terminal: black, red, green, yellow, blue, magenta, cyan, white, and the same brighter.
const COLOURS: [&str; 16] = [
    "#20262d", "#e06c6c", "#7fb967", "#d9b14f", "#5b8fd9", "#b583d6", "#4fb3bf", "#c3c9d0", "#76808c",
    "#ef8b8b", "#9ad283", "#ecc96f", "#7fabea", "#cba1e6", "#74cbd6", "#f4f6f8",
];

/// A rectangle in parts of a sign: left, top, right, bottom.
type Part = [f32; 4];

/// How a cell is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pen {
    colour: String,
    is_bold: bool,
    is_faint: bool,
    is_underlined: bool,
}

/// The picture.
pub fn picture(screen: &Screen, title: &str) -> String {
    let (lines, columns) = screen.size();
    let (lines, columns) = (lines.get(), columns.get());
    let (wide, high) = (f32::from(columns) * WIDE + 2.0 * MARGIN, f32::from(lines) * HIGH + 2.0 * MARGIN);
    let mut shapes = Shapes::default();
    let mut texts = String::new();
    for y in 0..lines {
        let mut run: Option<(u16, Pen, String)> = None;
        for x in 0..columns {
            let Some(cell) = screen.cell(y, x).filter(|cell| !cell.is_wide_continuation()) else { continue };
            let (front, back) = colours(cell);
            let width = if cell.is_wide() { 2.0 } else { 1.0 };
            if back != BACKGROUND {
                shapes.add(&back, (x, y), [0.0, 0.0, width, 1.0]);
            }
            let pen = Pen {
                colour: front,
                is_bold: cell.bold(),
                is_faint: cell.dim(),
                is_underlined: cell.underline(),
            };
            let sign = cell.contents();
            let parts = sign.chars().next().map(parts).unwrap_or_default();
            let is_blank = sign.trim().is_empty() && !pen.is_underlined;
            let text = if parts.is_empty() && !sign.is_empty() { sign } else { " " };
            // What is no ASCII may come out of another font, as wide as it likes: it stands for itself.
            let follows = |before: &Pen| *before == pen || is_blank && !before.is_underlined;
            let goes_on = text.is_ascii() && run.as_ref().is_some_and(|(_, before, _)| follows(before));
            match &mut run {
                Some((_, _, so_far)) if goes_on => so_far.push_str(text),
                _ => {
                    write_run(&mut texts, run.take(), y);
                    run = Some((x, pen.clone(), text.to_owned()));
                }
            }
            if !text.is_ascii() {
                write_run(&mut texts, run.take(), y);
            }
            for part in parts {
                shapes.add(&pen.colour, (x, y), part);
            }
        }
        write_run(&mut texts, run, y);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" \
         role=\"img\">\n<title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g shape-rendering=\"crispEdges\">\n{}</g>\n<g font-family=\"ui-monospace,SFMono-Regular,Menlo,\
         'DejaVu Sans Mono','Liberation Mono',monospace\" font-size=\"{FONT}\" xml:space=\"preserve\">\n{texts}</g>\n\
         </svg>\n",
        escaped(title),
        shapes.paths()
    )
}

/// The rectangles of each colour, in signs.
#[derive(Default)]
struct Shapes(BTreeMap<String, Vec<Part>>);

impl Shapes {
    fn add(&mut self, colour: &str, (x, y): (u16, u16), [left, top, right, bottom]: Part) {
        let (x, y) = (f32::from(x), f32::from(y));
        let new = [x + left, y + top, x + right, y + bottom];
        let all = self.0.entry(colour.to_owned()).or_default();
        match all.last_mut() {
            // A row of the same ones is one.
            Some(last) if [last[2], last[1], last[3]] == [new[0], new[1], new[3]] => last[2] = new[2],
            _ => all.push(new),
        }
    }

    /// One path a colour.
    fn paths(&self) -> String {
        let across = |signs: f32| short(MARGIN + signs * WIDE);
        let down = |signs: f32| short(MARGIN + signs * HIGH);
        let mut out = String::new();
        for (colour, parts) in &self.0 {
            let _ = write!(out, "<path fill=\"{colour}\" d=\"");
            for [left, top, right, bottom] in parts {
                let (left, right) = (across(*left), across(*right));
                let _ = write!(out, "M{left} {}H{right}V{}H{left}Z", down(*top), down(*bottom));
            }
            out.push_str("\"/>\n");
        }
        out
    }
}

/// Of the sign and of what lies behind it.
fn colours(cell: &Cell) -> (String, String) {
    let front = colour(cell.fgcolor(), TEXT);
    let back = colour(cell.bgcolor(), BACKGROUND);
    if cell.inverse() { (back, front) } else { (front, back) }
}

fn colour(colour: Color, plain: &str) -> String {
    /// What the six steps of the cube of 216 colours shine with.
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let of = |red: u8, green: u8, blue: u8| format!("#{red:02x}{green:02x}{blue:02x}");
    match colour {
        Color::Default => plain.to_owned(),
        Color::Idx(number @ 0..16) => COLOURS[usize::from(number)].to_owned(),
        Color::Idx(number @ 16..232) => {
            let step = |place: u8| STEPS[usize::from((number - 16) / place % 6)];
            of(step(36), step(6), step(1))
        }
        Color::Idx(number) => {
            let grey = 8 + 10 * (number - 232);
            of(grey, grey, grey)
        }
        Color::Rgb(red, green, blue) => of(red, green, blue),
    }
}

/// The rectangles of a block or a line; none of what is a letter.
fn parts(sign: char) -> Vec<Part> {
    /// Half of how thick a line is.
    const THIN: f32 = 0.06;
    const FLAT: f32 = 0.03;
    let number = sign as u32;
    let eighths = |count: u32| count as f32 / 8.0;
    match sign {
        '▀' => vec![[0.0, 0.0, 1.0, 0.5]],
        '▁'..='█' => vec![[0.0, 1.0 - eighths(number - 0x2580), 1.0, 1.0]],
        '▉'..='▏' => vec![[0.0, 0.0, eighths(0x2590 - number), 1.0]],
        '▐' => vec![[0.5, 0.0, 1.0, 1.0]],
        '─' => vec![[0.0, 0.5 - FLAT, 1.0, 0.5 + FLAT]],
        '│' => vec![[0.5 - THIN, 0.0, 0.5 + THIN, 1.0]],
        '┌' => vec![[0.5 - THIN, 0.5 - FLAT, 1.0, 0.5 + FLAT], [0.5 - THIN, 0.5, 0.5 + THIN, 1.0]],
        '┐' => vec![[0.0, 0.5 - FLAT, 0.5 + THIN, 0.5 + FLAT], [0.5 - THIN, 0.5, 0.5 + THIN, 1.0]],
        '└' => vec![[0.5 - THIN, 0.5 - FLAT, 1.0, 0.5 + FLAT], [0.5 - THIN, 0.0, 0.5 + THIN, 0.5]],
        '┘' => vec![[0.0, 0.5 - FLAT, 0.5 + THIN, 0.5 + FLAT], [0.5 - THIN, 0.0, 0.5 + THIN, 0.5]],
        _ => vec![],
    }
}

/// Signs in one hand, from a column on.
fn write_run(texts: &mut String, run: Option<(u16, Pen, String)>, y: u16) {
    let Some((x, pen, text)) = run else { return };
    let trimmed = if pen.is_underlined { text.as_str() } else { text.trim_end() };
    let indent = if pen.is_underlined { 0 } else { trimmed.len() - trimmed.trim_start().len() };
    let trimmed = &trimmed[indent..];
    if trimmed.is_empty() {
        return;
    }
    let left = short(MARGIN + (f32::from(x) + indent as f32) * WIDE);
    let foot = short(MARGIN + f32::from(y) * HIGH + BASE);
    let _ = write!(texts, "<text x=\"{left}\" y=\"{foot}\" fill=\"{}\"", pen.colour);
    // Whatever font is there, a run is as long as its cells.
    if trimmed.is_ascii() && trimmed.len() > 1 {
        let _ = write!(texts, " textLength=\"{}\"", short(trimmed.len() as f32 * WIDE));
    }
    for (has, attribute) in [
        (pen.is_bold, " font-weight=\"bold\""),
        (pen.is_faint, " opacity=\"0.6\""),
        (pen.is_underlined, " text-decoration=\"underline\""),
    ] {
        texts.push_str(if has { attribute } else { "" });
    }
    let _ = writeln!(texts, ">{}</text>", escaped(trimmed));
}

/// Tenths of a pixel are enough.
fn short(number: f32) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
