// The text of an office document (ECMA-376: a ZIP whose word/document.xml holds it). Runs in the
// sandbox alone; what it cannot take ends the process.
#pragma once

#include "base/bytes.hpp"

namespace bw::pipeline {

enum class DocxExit : int { well = 0, damaged = 3, too_large = 4 };

/// Paragraphs, breaks and tabs as such; nothing of headers, notes and comments.
DocxExit docx_text(ByteView bytes, Bytes& text);

} // namespace bw::pipeline
