#include "harness/transfer/output_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ActionOutput, IsKeptWholeButForSecretsHoweverItComes) {
  const Folder folder;
  Redactor redactor;
  redactor.add("Sesame-7");
  const std::string said = "one\nthe password is Sesame-7, caf\xe9\nno end of line: Sesame-7";
  for (std::size_t size = 1; size <= said.size(); ++size) {
    const std::string name = "part-" + std::to_string(size);
    OutputFile file(folder.path(), name, &redactor);
    for (std::size_t at = 0; at < said.size(); at += size) file.add(std::string_view(said).substr(at, size));
    file.finish();
    EXPECT_EQ(file.trouble(), "");
    ASSERT_EQ(contents(folder.path() + "/" + name), "one\nthe password is [secret], caf\xe9\nno end of line: [secret]");
  }
  struct stat found{};
  ASSERT_EQ(::stat((folder.path() + "/part-1").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST(ActionOutput, ASecretIsCutInTwoByNoLengthOfALine) {
  const Folder folder;
  Redactor redactor;
  redactor.add("Sesame-7");
  constexpr std::size_t kPart = std::size_t{1} << 20;
  for (const std::size_t before : {kPart / 2 - 4, kPart - 4, kPart - 8, kPart, 2 * kPart - 4}) {
    const std::string name = "long-" + std::to_string(before);
    OutputFile file(folder.path(), name, &redactor);
    file.add(std::string(before, 'x') + "Sesa");
    file.add("me-7");
    file.add(std::string(2 * kPart, 'y'));
    file.finish();
    const std::string kept = contents(folder.path() + "/" + name);
    EXPECT_EQ(kept.find("Sesa"), std::string::npos) << before;
    EXPECT_EQ(kept.size(), before + std::string("[secret]").size() + (2 * kPart)) << before;
  }
}

TEST(ActionOutput, IsNeverWrittenOverAnything) {
  const Folder folder;
  std::ofstream(folder.path() + "/victim") << "do not touch";
  ASSERT_EQ(::symlink((folder.path() + "/victim").c_str(), (folder.path() + "/link").c_str()), 0);
  for (const char* name : {"victim", "link"}) {
    OutputFile file(folder.path(), name, nullptr);
    file.add("text\n");
    file.finish();
    EXPECT_NE(file.trouble(), "") << name;
  }
  EXPECT_EQ(contents(folder.path() + "/victim"), "do not touch");
}

class OutputFolder : public TransferTest {};

TEST_F(OutputFolder, GetsAFileForEachActionOfATransfer) {
  scenario.transfer = {step("one", {action("a"), action("b")}, {action("un-a")})};
  world.on_action = [](const std::string& what, const ActionContext& context) { context.on_output(what + " says\n"); };
  TransferOptions how = options();
  how.output_folder = folder.path() + "/output";
  EXPECT_EQ(run(cutover(scenario, world, stop, how, {})).exit, 0) << said();
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(how.output_folder)) {
    EXPECT_THAT(entry.path().filename().string(), HasSubstr("-one-run"));
    all.push_back(contents(entry.path().string()));
  }
  EXPECT_THAT(all, ::testing::UnorderedElementsAre("a says\n", "b says\n"));
}

TEST_F(OutputFolder, ThatCantBeMadeIsRefusedBeforeAnything) {
  scenario.transfer = {step("one", {action("a")})};
  TransferOptions how = options();
  how.output_folder = folder.path() + "/no/such/place";
  EXPECT_EQ(run(cutover(scenario, world, stop, how, {})).exit, 2);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_THAT(said(), HasSubstr("--output"));
}

}  // namespace
}  // namespace drydock::test
