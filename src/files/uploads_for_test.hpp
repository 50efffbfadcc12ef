// Two institutions with two persons each, a store in a directory, and a wall clock moved by hand.
#pragma once

#include <gtest/gtest.h>

#include "blob/directory_store.hpp"
#include "files/completing.hpp"
#include "files/sweeper.hpp"
#include "support/installation.hpp"
#include "support/temporary_directory.hpp"

namespace bw::files {

/// Deadlines go on as ever, since a real database keeps them.
class WallByHand final : public Clock {
public:
    Instant now() const override { return {now_.load()}; }
    Monotonic monotonic() const override { return system_.monotonic() + Duration(ahead_.load()); }
    void advance(Duration d) {
        now_ += std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
        ahead_ += d.count();
    }

private:
    SystemClock system_;
    std::atomic<std::int64_t> now_ = 1795424340000, ahead_ = 0;
};

struct Uploads : testing::Test {
    test::Installation installation;
    WallByHand clock;
    tenancy::TenantInfo north = installation.provision("north"),
                        south = installation.provision("south");
    std::unique_ptr<tenancy::Database> database = installation.database();
    test::TemporaryDirectory directory;
    std::unique_ptr<blob::Store> store;
    Parts parts{*store, clock, installation.rng(), {}};
    const UserId ada = user('a'), bob = user('b');

    /// In a directory, unless another store is given.
    explicit Uploads(std::unique_ptr<blob::Store> other = nullptr)
        : store(
              other
                  ? std::move(other)
                  : blob::open_directory_store(directory.path(), {.bytes_kept_free = 0}).value()) {}

    static UserId user(char digit) {
        return UserId{
            *to_array<16>(*from_hex("0000000000007000800000000000000" + std::string(1, digit)))};
    }
    void SetUp() override {
        for (const tenancy::TenantInfo& tenant : {north, south})
            installation.superuser().run("begin; set local bw.tenant = '" +
                                         to_text(tenant.scope.tenant().uuid) + R"(';
                insert into users (user_id, source, sourced_id, username, username_normal, given_name, family_name)
                select ('00000000-0000-7000-8000-00000000000' || n)::uuid, 's', n, n, n, n, 'Byron'
                from (values ('a'), ('b')) as v (n); commit)");
    }
    Deadline soon() const { return Deadline::in(clock, 20s); }

    template <class Fn>
    auto in(const tenancy::TenantInfo& tenant, Fn fn) {
        return database->run(tenant.scope, soon(), fn);
    }
    Upload planned(std::uint64_t size, Kind kind = Kind::single) {
        return {.id = UploadId::make(clock.now(), installation.rng()),
                .owner = ada,
                .kind = kind,
                .size = size,
                .name = "essay.pdf",
                .media_type = "application/pdf",
                .created_at = clock.now()};
    }
    Result<Upload> make(const Upload& upload) {
        return in(north, [&](tenancy::TenantTx& tx) { return create(tx, upload, parts.limits); });
    }
    Upload made(std::uint64_t size, Kind kind = Kind::single) {
        Upload upload = planned(size, kind);
        auto done = make(upload);
        EXPECT_TRUE(done) << done.error().text();
        return upload;
    }
    Result<Writer> writer(const Upload& upload, std::uint64_t at, WriterOptions options = {},
                          std::optional<Checksum> checksum = {}) {
        auto begun = in(north, [&](tenancy::TenantTx& tx) {
            return begin_writing(tx, upload.id, upload.owner, at, 24h);
        });
        if (!begun)
            return std::move(begun).error();
        return Result<Writer>(std::in_place, parts, north.scope, *begun, std::move(checksum),
                              options);
    }
    Result<Upload> resumed(const Upload& upload) {
        return in(north, [&](tenancy::TenantTx& tx) { return fence(tx, upload.id, upload.owner); });
    }
    Result<Upload> all_sent(const Upload& upload, ByteView bytes) {
        auto w = writer(upload, 0);
        if (!w)
            return std::move(w).error();
        CHECK_OK(w->take(bytes, *database));
        Upload ended = TRY(w->end(Writer::End::whole, *database));
        return complete(parts, *database, north.scope, ended, w->sha256());
    }
    Bytes content(const Upload& upload) {
        auto pieces = in(north, [&](tenancy::TenantTx& tx) { return parts_of(tx, upload.id); });
        EXPECT_TRUE(pieces);
        const Reader reader(*store, *pieces);
        Bytes out;
        while (out.size() < upload.size) {
            auto piece = reader.read(out.size(), 1 << 20, soon());
            EXPECT_TRUE(piece) << piece.error().text();
            if (!piece)
                break;
            out += *piece;
        }
        return out;
    }
    /// So much later, by the database's clock too, as far as uploads go by it.
    void pass(std::chrono::hours time) {
        clock.advance(time);
        installation.superuser().run("update uploads set expires_at = expires_at - interval '" +
                                     std::to_string(time.count()) + " hours'");
    }
    std::string value(const std::string& sql) { return installation.superuser().value(sql); }
    /// Files in the store, drafts too.
    std::size_t objects() const {
        std::size_t n = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path()))
            n += entry.is_regular_file();
        return n;
    }
};

} // namespace bw::files
