// Objects in a directory: the default store. Several processes may share it.
#pragma once

#include <filesystem>

#include "blob/store.hpp"

namespace bw::blob {

struct DirectoryOptions {
    /// What uploads leave free on the disk, for those who share it. Less counts as full.
    std::uint64_t bytes_kept_free = std::uint64_t{1} << 30;
};

/// Makes the directory if it is absent.
Result<std::unique_ptr<Store>> open_directory_store(const std::filesystem::path& path,
                                                    DirectoryOptions options = {});

} // namespace bw::blob
