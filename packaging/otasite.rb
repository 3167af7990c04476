# A formula for a tap of your own: brew tap-new you/tools, put this file into its Formula/ with the revision that you
# trust, then brew install you/tools/otasite. It is not made for homebrew-core, which wants every library as a resource.
class Otasite < Formula
  desc "Static install pages for iOS and Android apps, from YAML in git"
  homepage "https://git.example.com/tools/otasite"
  url "https://git.example.com/tools/otasite.git", revision: "0000000000000000000000000000000000000000"
  version "0.1.0"
  license "MIT"

  depends_on "python@3.13"

  def install
    system Formula["python@3.13"].opt_bin/"python3.13", "-m", "venv", libexec
    system libexec/"bin/python", "-m", "pip", "install", "--no-compile", "#{buildpath}[s3]"
    bin.install_symlink libexec/"bin/otasite"
    generate_completions_from_executable(bin/"otasite", "completion")
  end

  def caveats
    "Start with: otasite new site my-apps"
  end

  test do
    system bin/"otasite", "new", "site", testpath/"site"
    system bin/"otasite", "build", "--project", testpath/"site"
    assert_path_exists testpath/"site/dist/index.html"
  end
end
