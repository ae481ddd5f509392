using MlOps.Core.Datasets;
using MlOps.Pipelines.Datasets;

namespace MlOps.Pipelines.Tests.Datasets;

public sealed class RepeatedFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlops-repeats-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_bytes_under_another_name_count_once()
    {
        var (distinct, repeats) = RepeatedFiles.Part([Lay("march.csv", "a\n1\n"), Lay("copy.csv", "a\n1\n"), Lay("april.csv", "a\n2\n"), Lay("may.csv", "a\n33\n")]);
        Assert.Equal(["march.csv", "april.csv", "may.csv"], distinct.Select(f => f.Name));
        Assert.Equal(["copy.csv"], repeats);
    }

    [Fact]
    public void A_link_is_what_it_points_to()
    {
        var target = Lay("march.csv", "a\n1\n");
        File.CreateSymbolicLink(Path.Combine(_folder, "a-link-with-a-longer-name.csv"), target.Path);
        var (distinct, repeats) = RepeatedFiles.Part([target, new(Path.Combine(_folder, "a-link-with-a-longer-name.csv"), "link.csv")]);
        Assert.Equal("march.csv", Assert.Single(distinct).Name);
        Assert.Equal(["link.csv"], repeats);
    }

    private SourceFile Lay(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return new(path, name);
    }
}
