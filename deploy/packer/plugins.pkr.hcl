# Where Packer has its plugins from since 1.7. Those before had this one in themselves, and do not know this block.
packer {
  required_version = ">= 1.7"

  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.2"
    }
  }
}
