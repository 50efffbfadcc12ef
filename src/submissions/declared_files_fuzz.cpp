// Whatever stands in a declaration: refused with its place, or read, and then the same again from
// what is made of it.
#include "base/ensure.hpp"
#include "submissions/declared_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw::submissions;
    const std::string_view json(reinterpret_cast<const char*>(data), size);
    const auto files = read_declared_files(json, "/files");
    if (!files) {
        ENSURE(files.error().field.starts_with("/files"), "a fault without a place");
        return 0;
    }
    ENSURE(!files->empty() && files->size() <= declared_files_limit, "too many");
    const auto again = read_declared_files(declaration_of(*files), "/files");
    ENSURE(again && *again == *files, "another declaration");
    return 0;
}
