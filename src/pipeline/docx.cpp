#include "pipeline/docx.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <pugixml.hpp>
#include <string_view>

#include "pipeline/extract.hpp"

namespace bw::pipeline {

namespace {

constexpr std::size_t entries_limit = 10'000, unpacked_bytes_limit = 32UL << 20,
                      input_bytes_limit = 512UL << 20;

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

/// The member's bytes; what stands before it is passed over without being unpacked.
DocxExit member(ByteView bytes, std::string_view name, Bytes& out) {
    const Archive zip(archive_read_new(), &archive_read_free);
    if (!zip || archive_read_support_format_zip_seekable(zip.get()) != ARCHIVE_OK ||
        archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        return DocxExit::damaged;
    archive_entry* entry = nullptr;
    for (std::size_t n = 0; n < entries_limit; ++n) {
        if (archive_read_next_header(zip.get(), &entry) != ARCHIVE_OK)
            return DocxExit::damaged; // the end too: without the member
        const char* path = archive_entry_pathname(entry);
        if (path == nullptr || path != name)
            continue;
        std::array<char, 64 * 1024> buffer;
        for (;;) {
            const la_ssize_t got = archive_read_data(zip.get(), buffer.data(), buffer.size());
            if (got < 0)
                return DocxExit::damaged;
            if (got == 0)
                return DocxExit::well;
            if (out.size() + static_cast<std::size_t>(got) > unpacked_bytes_limit)
                return DocxExit::too_large;
            out.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }
    return DocxExit::damaged;
}

std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    return name.substr(name.find(':') + 1); // all of it if there is none
}

void enter(const pugi::xml_node& node, Bytes& text) {
    const std::string_view name = local_name(node);
    if (name == "tab")
        text += '\t';
    else if (name == "br" || name == "cr")
        text += '\n';
    else if (name == "t")
        text += node.text().get();
}

void leave(const pugi::xml_node& node, Bytes& text) {
    if (local_name(node) == "p")
        text += '\n';
}

/// Without recursion: the document says how deep it is.
void walk(const pugi::xml_node& root, Bytes& text) {
    pugi::xml_node node = root;
    enter(node, text);
    for (;;) {
        if (const pugi::xml_node child = node.first_child()) {
            node = child;
            enter(node, text);
            continue;
        }
        leave(node, text);
        while (node != root && !node.next_sibling()) {
            node = node.parent();
            leave(node, text);
        }
        if (node == root)
            return;
        node = node.next_sibling();
        enter(node, text);
    }
}

} // namespace

DocxExit docx_text(ByteView bytes, Bytes& text) {
    Bytes xml;
    if (const DocxExit got = member(bytes, "word/document.xml", xml); got != DocxExit::well)
        return got;
    // Never freed: pugixml frees by recursion, as deep as the document. The process ends anyway.
    static auto* const document = new pugi::xml_document;
    if (!document->load_buffer_inplace(xml.data(), xml.size()))
        return DocxExit::damaged;
    walk(document->document_element(), text);
    return DocxExit::well;
}

int docx_child() {
    Bytes input, text;
    std::array<char, 64 * 1024> buffer;
    for (ssize_t n = 0; (n = ::read(STDIN_FILENO, buffer.data(), buffer.size())) != 0;) {
        if (n < 0 && errno != EINTR)
            return static_cast<int>(DocxExit::damaged);
        input.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        if (input.size() > input_bytes_limit)
            return static_cast<int>(DocxExit::too_large);
    }
    const DocxExit end = docx_text(input, text);
    for (ByteView rest = end == DocxExit::well ? ByteView(text) : ByteView(); !rest.empty();) {
        const ssize_t n = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (n < 0 && errno != EINTR)
            break;
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return static_cast<int>(end);
}

} // namespace bw::pipeline
