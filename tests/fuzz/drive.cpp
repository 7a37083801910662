// Runs a fuzz target where libFuzzer is not built in: on each file of its corpus, and on mutations of them. The same
// ones each time, so that what fails once fails again.
//
//   NAME_fuzz CORPUS [RUNS]
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMostOctets = 4096;
constexpr int kMostChanges = 8;

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// Changes texts of the corpus at random, by a generator with a seed of its own.
class Mutator {
public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string text = any();
    for (std::size_t left = 1 + below(kMostChanges); left > 0; --left) change(text);
    text.resize(std::min(text.size(), kMostOctets));
    return text;
  }

private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& any() { return corpus_[below(corpus_.size())]; }
  char octet() {
    constexpr char kOdd[] = {'\0', '\n', '\r', ' ', '"', '\\', '/', '{', ':', '.', '\x7f', '\x80', '\xc0', '\xff'};
    return below(2) == 0 ? kOdd[below(sizeof kOdd)] : static_cast<char>(below(256));
  }
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t some = below(std::min<std::size_t>(text.size() - at, 32) + 1);
    switch (below(6)) {
      case 0:
        if (at < text.size()) text[at] = octet();
        return;
      case 1:
        text.insert(at, 1, octet());
        return;
      case 2:
        text.erase(at, some);
        return;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), 32));
        return;
      case 4:
        text = text.substr(0, at) + any();
        return;
      default:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{1};
};

/// From memory of exactly its size, so that AddressSanitizer sees what is read beyond it.
void run(const std::string& text) {
  const std::vector<std::uint8_t> octets(text.begin(), text.end());
  LLVMFuzzerTestOneInput(octets.data(), octets.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> corpus = argc > 1 ? read_corpus(argv[1]) : std::vector<std::string>();
  if (corpus.empty()) {
    std::cerr << "usage: NAME_fuzz CORPUS [RUNS]; the corpus is a folder that holds files\n";
    return 2;
  }
  run("");
  for (const std::string& text : corpus) run(text);
  Mutator mutator(corpus);
  const int runs = argc > 2 ? std::atoi(argv[2]) : 10'000;
  for (int i = 0; i < runs; ++i) run(mutator.next());
  std::cout << corpus.size() << " files, " << runs << " mutations\n";
}
