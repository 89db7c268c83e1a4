//! How things look: the sheet, its margins, sizes of letters, colours. Distances in points, 1/72 of an inch.

/// Width of A4.
pub(crate) const SHEET_WIDTH: f32 = 595.276;
/// Height of A4.
pub(crate) const SHEET_HEIGHT: f32 = 841.89;
/// Left and right margin.
pub(crate) const MARGIN: f32 = 44.0;
/// Where the text of a page begins.
pub(crate) const BODY_TOP: f32 = 34.0;
/// Where the text of a page ends at the latest.
pub(crate) const BODY_BOTTOM: f32 = 802.0;
/// Top of the footer line.
pub(crate) const FOOTER_TOP: f32 = 812.0;
/// Width of the text.
pub(crate) const BODY_WIDTH: f32 = SHEET_WIDTH - 2.0 * MARGIN;
/// Space between the Kazakh and the Russian column.
pub(crate) const GUTTER: f32 = 18.0;
/// Width of one language's column.
pub(crate) const COLUMN_WIDTH: f32 = (BODY_WIDTH - GUTTER) / 2.0;
/// Width of the labels of a field.
pub(crate) const LABEL_WIDTH: f32 = 190.0;
/// Edge of the QR code with its quiet zone.
pub(crate) const QR_EDGE: f32 = 84.0;

/// Red, green, blue.
pub(crate) type Colour = (u8, u8, u8);
/// Almost black.
pub(crate) const INK: Colour = (0x1a, 0x1a, 0x1a);
/// Dark blue of titles and rules.
pub(crate) const ACCENT: Colour = (0x1f, 0x38, 0x64);
/// Second language of a label, footer; contrast over 7:1 on white.
pub(crate) const MUTED: Colour = (0x50, 0x50, 0x50);
/// Hairlines between fields.
pub(crate) const HAIRLINE: Colour = (0xc4, 0xca, 0xd4);
/// What stands behind the text of a specimen: seen at once, read over easily.
pub(crate) const PALE: Colour = (0xd9, 0xa8, 0xa8);
/// Ground of a group's heading.
pub(crate) const BAND: Colour = (0xe9, 0xed, 0xf4);

/// Weight of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Where lines stand in their width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Centre,
}

/// What a text is on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Style {
    /// Name of the provider at the top.
    Provider,
    /// Kazakh title.
    Title,
    /// Kazakh title too long for one line of the large size.
    LongTitle,
    /// Russian title.
    TitleRussian,
    /// Number, date, name of the service below the title.
    UnderTitle,
    /// Heading of a group of fields or of a section.
    Heading,
    /// The legal sentence of a certificate.
    Statement,
    /// What follows the fields of a certificate.
    Closing,
    /// Paragraphs of a refusal.
    Paragraph,
    /// Kazakh label.
    Label,
    /// Russian label.
    LabelRussian,
    /// Value of a field.
    Value,
    /// A person's name.
    Name,
    /// Text beside the QR code.
    Small,
    /// Footer line.
    Footer,
    /// Across each page of a specimen.
    Specimen,
}

impl Style {
    /// Size of letters.
    pub(crate) fn size(self) -> f32 {
        match self {
            Self::Specimen => 52.0,
            Self::Title => 15.0,
            Self::LongTitle => 13.0,
            Self::TitleRussian => 12.0,
            Self::Name => 11.5,
            Self::UnderTitle | Self::Value => 10.0,
            Self::Statement => 9.6,
            Self::Heading | Self::Provider => 9.0,
            Self::Closing => 8.4,
            Self::Paragraph => 8.3,
            Self::Label => 8.4,
            Self::LabelRussian => 8.0,
            Self::Small => 7.5,
            Self::Footer => 7.0,
        }
    }

    /// Height of a line, in sizes of letters.
    pub(crate) fn leading(self) -> f32 {
        match self {
            Self::Statement => 1.33,
            Self::Paragraph | Self::Closing | Self::Small => 1.24,
            _ => 1.25,
        }
    }

    pub(crate) fn weight(self) -> Weight {
        match self {
            Self::Title
            | Self::LongTitle
            | Self::TitleRussian
            | Self::Heading
            | Self::Name
            | Self::Specimen => Weight::Bold,
            _ => Weight::Regular,
        }
    }

    pub(crate) fn align(self) -> Align {
        match self {
            Self::Title
            | Self::LongTitle
            | Self::TitleRussian
            | Self::UnderTitle
            | Self::Specimen => Align::Centre,
            _ => Align::Start,
        }
    }

    pub(crate) fn colour(self) -> Colour {
        match self {
            Self::Title | Self::LongTitle | Self::TitleRussian | Self::Heading | Self::Provider => {
                ACCENT
            }
            Self::LabelRussian | Self::Footer => MUTED,
            Self::Specimen => PALE,
            _ => INK,
        }
    }
}
