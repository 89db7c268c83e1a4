//! What the register is asked and how it answers: `docs/shep/gbdfl.xsd`.
//!
//! Of an answer only what is needed is read, by its name and wherever it stands: the register tells far more about a person
//! than anybody here may know. What stands twice, or is not what it should be, makes the whole unfit.

use app::AccessProof;
use domain::{Iin, NamePart, PersonName};
use jiff::Timestamp;
use jiff::civil::Date;
use roxmltree::Node;

use crate::shep::{Unfit, Writer, written};

/// Namespace of the register's types.
const NAMESPACE: &str = "http://message.persistence.interactive.nat";

/// What `data` of the question is declared as.
pub(super) fn declared() -> String {
    format!(
        "xmlns:cs=\"{NAMESPACE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:type=\"cs:Request\""
    )
}

/// A question about a person.
pub(super) struct Question<'a> {
    pub(super) message_id: &'a str,
    pub(super) date: Timestamp,
    pub(super) sender_code: &'a str,
    pub(super) iin: Iin,
    pub(super) proof: Option<&'a AccessProof>,
}

impl Question<'_> {
    /// Writes it.
    pub(super) fn write(&self, data: &mut Writer) {
        data.text("messageId", self.message_id);
        data.text("messageDate", &written(self.date));
        data.text("senderCode", self.sender_code);
        data.text("iin", &self.iin.digits());
        if let Some(AccessProof { token, public_key }) = self.proof {
            data.text("kdpToken", token);
            data.text("publicKey", public_key);
        }
    }
}

/// What an answer says, before its codes mean anything.
pub(super) struct Said {
    /// Code of its result.
    pub(super) result: String,
    /// The person, where there is one.
    pub(super) person: Option<Person>,
}

/// A person as the register writes him.
pub(super) struct Person {
    pub(super) iin: Iin,
    pub(super) name: PersonName,
    pub(super) birth_date: Date,
    /// Code of his life status.
    pub(super) life: String,
}

/// Reads the data of an answer.
pub(super) fn answer(data: Node<'_, '_>) -> Result<Said, Unfit> {
    let result = code(required(data, "messageResult")?)?;
    let person = match only(data, "persons")? {
        None => None,
        Some(persons) => only(persons, "person")?.map(person).transpose()?,
    };
    Ok(Said { result, person })
}

fn person(node: Node<'_, '_>) -> Result<Person, Unfit> {
    let surname = text(required(node, "surname")?);
    let given = text(required(node, "name")?);
    let patronymic = only(node, "patronymic")?.map(text).unwrap_or_default();
    let name = PersonName::parse(&surname, &given, &patronymic).map_err(|_| Unfit("surname"))?;
    let name = in_usual_case(&name).ok_or(Unfit("surname"))?;
    if certificate::printable(&name.full()).is_err() {
        return Err(Unfit("surname"));
    }
    let iin = Iin::parse(&text(required(node, "iin")?)).map_err(|_| Unfit("iin"))?;
    let birth_date = day(&text(required(node, "birthDate")?)).ok_or(Unfit("birthDate"))?;
    Ok(Person { iin, name, birth_date, life: code(required(node, "lifeStatus")?)? })
}

/// A value of a dictionary: its code, for its names are for people.
fn code(node: Node<'_, '_>) -> Result<String, Unfit> {
    Ok(text(required(node, "code")?))
}

/// The one child of this name.
fn only<'a, 'input>(
    parent: Node<'a, 'input>,
    name: &'static str,
) -> Result<Option<Node<'a, 'input>>, Unfit> {
    let mut found =
        parent.children().filter(|node| node.is_element() && node.tag_name().name() == name);
    let first = found.next();
    if found.next().is_some() { Err(Unfit(name)) } else { Ok(first) }
}

fn required<'a, 'input>(
    parent: Node<'a, 'input>,
    name: &'static str,
) -> Result<Node<'a, 'input>, Unfit> {
    only(parent, name)?.ok_or(Unfit(name))
}

fn text(node: Node<'_, '_>) -> String {
    let text: String = node.children().filter_map(|child| child.text()).collect();
    text.trim().to_owned()
}

/// A date, with or without a time or a zone behind it.
fn day(text: &str) -> Option<Date> {
    let (date, rest) = text.split_at_checked(10)?;
    let is_date = rest.is_empty() || rest.starts_with(['T', '+', '-', 'Z']);
    date.parse().ok().filter(|_| is_date)
}

/// The register writes names in capitals, certificates do not.
fn in_usual_case(name: &PersonName) -> Option<PersonName> {
    let part = |part: &NamePart| usual(part.as_str());
    let patronymic = name.patronymic.as_ref().map(part).unwrap_or_default();
    PersonName::parse(&part(&name.surname), &part(&name.given), &patronymic).ok()
}

fn usual(text: &str) -> String {
    if text.chars().any(char::is_lowercase) {
        return text.to_owned();
    }
    let mut begins = true;
    let mut usual = String::with_capacity(text.len());
    for character in text.chars() {
        if begins {
            usual.push(character);
        } else {
            usual.extend(character.to_lowercase());
        }
        begins = !character.is_alphabetic();
    }
    usual
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str) -> Result<Said, Unfit> {
        let document = roxmltree::Document::parse(data).unwrap();
        answer(document.root_element())
    }

    fn person_of(life: &str, more: &str) -> String {
        format!(
            "<data><messageId>1</messageId><messageResult><code>00000</code><nameRu>x</nameRu></messageResult>\
             <persons><person><iin>800101300016</iin><surname>ӘЛІМҚҰЛОВА</surname><name>ГҮЛ-НӘР</name>\
             <birthDate>1980-01-01+06:00</birthDate><gender><code>2</code></gender>\
             <lifeStatus><code>{life}</code></lifeStatus>{more}</person></persons></data>"
        )
    }

    #[test]
    fn what_is_needed_is_read_and_the_rest_is_passed_over() {
        let said = read(&person_of("0", "<documents><document/></documents>")).unwrap();
        let person = said.person.unwrap();
        assert_eq!((said.result.as_str(), person.life.as_str()), ("00000", "0"));
        assert_eq!(person.name.full(), "Әлімқұлова Гүл-Нәр");
        assert_eq!(person.birth_date, jiff::civil::date(1980, 1, 1));
    }

    #[test]
    fn an_answer_without_a_person_has_its_code_alone() {
        let said = read("<data><messageResult><code>00007</code></messageResult></data>").unwrap();
        assert!(said.person.is_none());
        assert_eq!(said.result, "00007");
    }

    #[test]
    fn what_stands_twice_or_is_missing_makes_the_whole_unfit() {
        for (data, element) in [
            (person_of("0", "<iin>000229500008</iin>"), "iin"),
            (person_of("0", "<lifeStatus><code>1</code></lifeStatus>"), "lifeStatus"),
            (
                person_of("0", "")
                    .replace("<surname>", "<surename>")
                    .replace("</surname>", "</surename>"),
                "surname",
            ),
            (person_of("0", "").replace("800101300016", "800101300017"), "iin"),
            (person_of("0", "").replace("1980-01-01+06:00", "01.01.1980"), "birthDate"),
            ("<data/>".to_owned(), "messageResult"),
        ] {
            assert_eq!(read(&data).err(), Some(Unfit(element)));
        }
    }
}
