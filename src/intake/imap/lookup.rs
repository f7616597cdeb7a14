//! Finding folders on the server by the names that users give them.

use super::connection::{Connection, Failure};
use super::error::{Error, ErrorKind};
use super::folder::{self, Folder, Space};
use super::mailbox::{Mailbox, SMALL};
use super::transport;

/// Folders with long names, some 20,000 of them.
const ALL_FOLDERS: u64 = 2 << 20;

/// A folder's name or a pattern as a quoted string (RFC 3501 §9).
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

impl<'a> Mailbox<'a> {
    /// The folder that the user calls so, as the server has it.
    pub(super) fn find(
        &mut self,
        connection: &mut Connection<'a>,
        wanted: &str,
    ) -> Result<Option<Folder>, Error> {
        let space = self.space(connection)?;
        let mut container = None;
        for candidate in space.candidates(wanted) {
            if candidate == "INBOX" {
                // Every account has one (RFC 3501 §5.1), and some servers do not list it.
                return Ok(folder::listed(b"LIST () NIL INBOX"));
            }
            let listed = self.list(connection, &candidate, SMALL)?;
            match listed.into_iter().find(|folder| folder.name == candidate) {
                Some(folder) if folder.selectable => return Ok(Some(folder)),
                Some(folder) => container = Some(folder),
                None => {}
            }
        }
        Ok(container)
    }

    /// Where the account's folders are; asked once.
    pub(super) fn space(&mut self, connection: &mut Connection<'a>) -> Result<Space, Error> {
        if let Some(space) = &self.space {
            return Ok(space.clone());
        }
        let mut space = None;
        if connection.can("NAMESPACE") {
            let records = self.records(connection, "NAMESPACE", SMALL)?;
            space = records.iter().find_map(|record| Space::of_namespace(record));
        }
        if space.is_none() {
            let records = self.records(connection, "LIST \"\" \"\"", SMALL)?;
            space = records.iter().find_map(|record| Space::of_list(record));
        }
        let space = space.unwrap_or_default();
        self.space = Some(space.clone());
        Ok(space)
    }

    fn list(
        &self,
        connection: &mut Connection<'a>,
        pattern: &str,
        expected: u64,
    ) -> Result<Vec<Folder>, Error> {
        let records = self.records(connection, &format!("LIST \"\" {}", quoted(pattern)), expected)?;
        Ok(records.iter().filter_map(|record| folder::listed(record)).collect())
    }

    /// What the server says about its folders; nothing when it says NO.
    pub(super) fn records(
        &self,
        connection: &mut Connection<'a>,
        command: &str,
        expected: u64,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let asked =
            connection.run("listing folders", expected, |session| session.run_command_and_check_ok(command));
        match asked {
            Ok(()) => Ok(std::mem::take(&mut connection.wire.lock().heard.records)),
            Err(Failure::Refused(reply)) if reply.is_temporary() => {
                Err(transport::busy(&self.account, &reply.text))
            }
            Err(Failure::Refused(_)) => Ok(vec![]),
            Err(Failure::Broken(error)) => Err(error),
        }
    }

    /// Says so, with the names that come nearest.
    pub(super) fn missing(&self, connection: &mut Connection<'a>) -> Error {
        let folders = match self.list(connection, "*", ALL_FOLDERS) {
            Ok(folders) => folders,
            Err(error) => return error,
        };
        let nearest = folder::nearest(&self.folder, &folders);
        let hint = if nearest.is_empty() {
            "The account shows no folders at all".to_owned()
        } else {
            format!("Nearest to it are: {}", nearest.join(", "))
        };
        self.error(ErrorKind::Folder, &format!("does not exist. {hint}. Correct `folder` of the feed"))
    }
}
