// The files in an assignment's export, for who writes it and who checks it. Internal.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace bw::submissions {

inline constexpr std::string_view keys_file = "keys.json", assignment_file = "assignment.json",
                                  submissions_file = "submissions.jsonl",
                                  proofs_file = "proofs.jsonl", manifest_file = "manifest.json",
                                  signature_file = "manifest.sig.json", readme_file = "README.txt";

/// What the manifest's signature is over.
inline Bytes manifest_bytes(std::string_view text) {
    return Bytes("bellwether export v1\n") + Bytes(text);
}

} // namespace bw::submissions
