//! Slack's names of emoji.

/// The emoji of that name, if it is one that everybody has.
pub(super) fn named(name: &str) -> Option<String> {
    let (base, tone) =
        name.split_once("::skin-tone-").map_or((name, None), |(base, tone)| (base, Some(tone)));
    let base = match base {
        // Where Slack has other names than everybody else.
        "simple_smile" => "slightly_smiling_face",
        "thumbsup_all" => "+1",
        base => base,
    };
    let found = emojis::get_by_shortcode(base)?;
    let tone = tone.and_then(|tone| match tone {
        "2" => Some(emojis::SkinTone::Light),
        "3" => Some(emojis::SkinTone::MediumLight),
        "4" => Some(emojis::SkinTone::Medium),
        "5" => Some(emojis::SkinTone::MediumDark),
        "6" => Some(emojis::SkinTone::Dark),
        _ => None,
    });
    let toned = tone.and_then(|tone| found.with_skin_tone(tone)).unwrap_or(found);
    Some(toned.as_str().to_owned())
}
