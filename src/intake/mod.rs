//! Where raw messages come from: files, folders, mbox, Maildir, standard input. Understands none of them.
