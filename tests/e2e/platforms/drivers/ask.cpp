#include "gateway.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

static void tell(const Gateway& gateway, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string picture{std::istreambuf_iterator<char>(file), {}};
  try {
    std::cout << gateway.label(picture).value_or("-") << std::endl;
  } catch (const Refused& refused) {
    std::cout << refused.reason << std::endl;
  }
}

int main(int, char** given) {
  const auto channel = grpc::CreateChannel(given[1], grpc::InsecureChannelCredentials());
  const std::string folder = std::string(given[3]) + "/";
  for (const char* name : {"rocket.jpg", "wall.jpg", "text.jpg"}) tell(Gateway(channel, given[2]), folder + name);
  tell(Gateway(channel, "another"), folder + "rocket.jpg");
}
