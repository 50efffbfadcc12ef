#include "columnar/errors.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace bw::columnar {

namespace {

struct Fault {
    std::string_view head, part; // of the message; an empty one fits always
    Code code;
    std::string_view remedy;
};

// In this order: the first that fits.
constexpr Fault faults[] = {
    {"INTERRUPT", "", Code::deadline_exceeded, "it took longer than it was given"},
    {"Out of Memory", "No space left", Code::storage_full, "free some space on the disk"},
    {"Out of Memory", "", Code::overloaded, "it needs more memory than the store was given"},
    {"IO Error", "Could not set lock", Code::conflict,
     "another process has the store open; stop that one first"},
    {"", "No space left on device", Code::storage_full, "free some space on the disk"},
    {"IO Error", "Permission denied", Code::unavailable,
     "the file's owner must be who runs this program"},
    {"IO Error", "No such file", Code::unavailable, "make the directory first"},
    {"IO Error", "Could not read enough bytes", Code::corrupt,
     "move the file away; it is built anew from the source"},
    {"IO Error", "not a valid DuckDB", Code::corrupt,
     "move the file away; it is built anew from the source"},
    {"", "orrupt", Code::corrupt, "move the file away; it is built anew from the source"},
    {"Serialization", "", Code::corrupt, "move the file away; it is built anew from the source"},
    {"", "database has been invalidated", Code::unavailable, "the store must be opened again"},
    {"Permission", "", Code::forbidden, "the store neither reads files nor asks the network"},
    {"Constraint", "", Code::conflict, "a key stands twice, or a value is missing"},
    {"", "constraint violation", Code::conflict, "a key stands twice, or a value is missing"},
    {"TransactionContext", "onflict", Code::conflict,
     "another transaction changed the same rows; try again"},
    {"IO Error", "", Code::unavailable, "look at the disk"},
};

} // namespace

Error error_of(std::string_view message, std::string_view doing) {
    // The first line alone: what follows quotes the statement, and perhaps rows.
    const std::string_view line = message.substr(0, message.find('\n'));
    const auto fault = std::find_if(std::begin(faults), std::end(faults), [&](const Fault& f) {
        return message.starts_with(f.head) && message.find(f.part) != std::string_view::npos;
    });
    std::string detail = std::string(doing) + ": " + std::string(line);
    if (fault == std::end(faults))
        return fail(Code::internal, std::move(detail));
    return fail(fault->code, detail + " (" + std::string(fault->remedy) + ")");
}

} // namespace bw::columnar
