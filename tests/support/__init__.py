"""What tests of several kinds work with: real servers, a place with a model, a model of photographs."""
