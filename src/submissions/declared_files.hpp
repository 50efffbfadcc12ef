// Files as a student declares them: what each is called, how large it is, and the hash that its
// bytes will have. The bytes themselves come as uploads. Pure.
//
//   [{"name": "essay.pdf", "size": 81234, "media_type": "application/pdf", "sha256": "9f86d0.."}]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace bw::submissions {

constexpr std::size_t declared_files_limit = 20;
constexpr std::uint64_t declared_file_bytes_limit = std::uint64_t{2} << 30;
constexpr std::size_t file_name_bytes_limit = 255, media_type_bytes_limit = 127;
/// Of a declaration as JSON: all escaped, it is a few times what it says.
constexpr std::size_t declaration_bytes_limit = 64 * 1024;

struct DeclaredFile {
    std::string name;
    std::uint64_t size = 0;
    std::string media_type;
    Sha256 sha256{};
    bool operator==(const DeclaredFile&) const = default;
};

/// invalid_field with the place of the first fault; `pointer` stands before it. Names are single:
/// no path, no control character, none twice. Without a media type it is application/octet-stream.
Result<std::vector<DeclaredFile>> read_declared_files(std::string_view json,
                                                      const std::string& pointer);

/// The content of the submission: what is read back is the same. However a client writes its JSON,
/// a declaration has one content.
std::string declaration_of(const std::vector<DeclaredFile>& files);

} // namespace bw::submissions
