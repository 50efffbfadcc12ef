// The stores that the conformance suite runs against.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ensure.hpp"
#include "base/rng.hpp"
#include "blob/directory_store.hpp"
#include "blob/swift_for_test.hpp"
#include "support/temporary_directory.hpp"

namespace bw::blob::test {

class StoreUnderTest {
public:
    virtual ~StoreUnderTest() = default;
    virtual Store& store() = 0;
};

struct StoreFactory {
    std::string name;
    std::function<std::unique_ptr<StoreUnderTest>()> make; // null: it cannot run here
};

class DirectoryUnderTest final : public StoreUnderTest {
public:
    DirectoryUnderTest() {
        auto opened = open_directory_store(directory_.path() / "files", {.bytes_kept_free = 0});
        ENSURE(opened, "no directory store for a test");
        store_ = *std::move(opened);
    }
    Store& store() override { return *store_; }

private:
    bw::test::TemporaryDirectory directory_;
    std::unique_ptr<Store> store_;
};

/// All tests share one server; each finds a key of its own name.
class S3UnderTest final : public StoreUnderTest {
public:
    /// Null: Swift is not installed.
    static std::unique_ptr<S3UnderTest> make() {
        const Swift* swift = Swift::shared();
        if (!swift)
            return nullptr;
        static const SystemClock clock;
        static SystemRng rng;
        auto opened = open_s3_store(swift->options(), clock, rng, Deadline::in(clock, 20s));
        ENSURE(opened, "no S3 store for a test");
        auto made = std::make_unique<S3UnderTest>();
        made->store_ = *std::move(opened);
        return made;
    }
    Store& store() override { return *store_; }

private:
    std::unique_ptr<Store> store_;
};

inline std::vector<StoreFactory> stores() {
    return {{"Directory", [] { return std::make_unique<DirectoryUnderTest>(); }},
            {"S3", [] { return S3UnderTest::make(); }}};
}

} // namespace bw::blob::test
