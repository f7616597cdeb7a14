//! Untrusted text made showable: control, bidi and zero-width characters made visible; width; URLs defanged and refanged.
