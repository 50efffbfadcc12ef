#include "pipeline/extract.hpp"

#include "pipeline/docx.hpp"
#include "pipeline/sandbox.hpp"

namespace bw::pipeline {

namespace {

constexpr std::size_t text_bytes_limit = 4UL << 20;
constexpr std::size_t pdf_header_within = 1024; // of the file's beginning, as readers take it

Error too_large() {
    return fail(Code::payload_too_large, "the file holds more text than is looked at");
}

Error damaged(const char* how) {
    return fail(Code::bad_request, std::string("the file cannot be read: ") + how);
}

Result<Bytes> text_of(ToolRun run, Deadline deadline, const Clock& clock) {
    switch (run.end) {
    case ToolEnd::well:
        if (!is_utf8(run.output))
            return damaged("its text is no text");
        return std::move(run.output);
    case ToolEnd::too_much_output:
        return too_large();
    case ToolEnd::stopped:
        return fail(Code::deadline_exceeded, "stopped before the text was there");
    case ToolEnd::out_of_time:
        if (deadline.expired(clock))
            return fail(Code::deadline_exceeded, "no time was left to read the file");
        return damaged("that takes too long");
    case ToolEnd::failed:
        break;
    }
    if (run.status == static_cast<int>(DocxExit::too_large))
        return too_large();
    return damaged(run.status < 0 ? "it makes its reader fail" : "it is damaged");
}

} // namespace

std::optional<Format> format_of(ByteView bytes) {
    if (bytes.substr(0, pdf_header_within).find("%PDF-") != ByteView::npos)
        return Format::pdf;
    if (bytes.starts_with(ByteView("PK\3\4", 4)))
        return Format::docx;
    if (bytes.find('\0') == ByteView::npos && is_utf8(bytes))
        return Format::plain;
    return std::nullopt;
}

Result<Bytes> extract_text(const Extractors& extractors, ByteView bytes, const Clock& clock,
                           Deadline deadline, const std::stop_token& stop) {
    const auto format = format_of(bytes);
    if (!format)
        return fail(Code::unsupported_media_type, "text is read from PDF, DOCX and plain text in "
                                                  "UTF-8, and this is none of them");
    if (*format == Format::plain)
        return bytes.size() > text_bytes_limit ? Result<Bytes>(too_large()) : Bytes(bytes);
    Tool tool{.limits = {.time = extractors.time_limit, .output_bytes = text_bytes_limit}};
    if (*format == Format::pdf)
        tool.arguments = {extractors.pdftotext, "-q", "-enc", "UTF-8", "-nopgbrk", "-", "-"};
    else
        tool.arguments = {extractors.own_program, "extract"};
    return text_of(TRY(run_sandboxed(tool, bytes, clock, deadline, stop)), deadline, clock);
}

} // namespace bw::pipeline
