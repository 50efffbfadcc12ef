// The text of a file that somebody handed in: plain text, PDF (poppler's pdftotext), or an office
// document (DOCX). What is more than a look at the first bytes happens in the sandbox.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bw::pipeline {

enum class Format : std::uint8_t { plain, pdf, docx };
/// By the bytes, never by a name; nullopt: none of these.
std::optional<Format> format_of(ByteView bytes);

struct Extractors {
    std::string pdftotext = "/usr/bin/pdftotext";
    /// This program: called as `PROGRAM extract`, it does what docx_child() does.
    std::string own_program = "/proc/self/exe";
    Duration time_limit = 20s;
};

/// UTF-8. Never a part of the text: unsupported_media_type if it is none of the formats;
/// payload_too_large if the text is larger than 4 MiB, or what is packed larger than 32 MiB;
/// bad_request if it is damaged, or takes too much time or memory: the file's fault, and for good.
/// deadline_exceeded: the caller's deadline has passed, or a stop was asked for. unavailable: no
/// sandbox here.
Result<Bytes> extract_text(const Extractors& extractors, ByteView bytes, const Clock& clock,
                           Deadline deadline, const std::stop_token& stop = {});

/// In the sandbox: a DOCX from standard input, its text to standard output; the exit status.
int docx_child();

} // namespace bw::pipeline
