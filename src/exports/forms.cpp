#include "exports/forms.hpp"

#include <fmt/format.h>

#include <utility>

namespace bw::exports {

Error too_large_a_file(std::uint64_t bytes_max) {
    return fail(Code::payload_too_large,
                fmt::format("the file would be larger than {} MiB; ask for fewer days, or for one "
                            "class",
                            bytes_max >> 20));
}

Result<void> write_file(Form form, const FileWork& work) {
    switch (form) {
    case Form::csv:
        return write_csv(work);
    case Form::parquet:
        return write_parquet(work);
    case Form::xlsx:
        return write_xlsx(work);
    }
    std::unreachable();
}

} // namespace bw::exports
