using MlOps.Core.Specification;

namespace MlOps.Data.Tests;

/// <summary>The real data that comes with npm's vega-datasets, and pipelines over it.</summary>
internal static class RealData
{
    public static string Flights => Find("flights-3m.parquet");

    public static string Penguins => Find("penguins.json");

    public static string Cars => Find("cars.json");

    public static PipelineSpec FlightDelay { get; } = Pipeline(
        "flight-delay",
        new DataSpec
        {
            Window = TimeSpan.FromDays(90),
            Columns =
            [
                new() { Name = "date", Type = ColumnType.Timestamp, Required = true },
                new() { Name = "delay", Type = ColumnType.Int, Min = -120, Max = 1440 },
                new() { Name = "distance", Type = ColumnType.Int, Min = 1 },
                new() { Name = "origin", Type = ColumnType.String, MaxDistinct = 400 },
                new() { Name = "destination", Type = ColumnType.String },
            ],
            Checks = [new RowsCheck(1000, null), new MissingCheck("delay", 0.05)],
        },
        new FeaturesSpec
        {
            Label = new("late", "delay >= 15"),
            Inputs =
            [
                new("hour", "hour(date)"), new("weekday", "dayofweek(date)"), new("distance", "\"distance\""),
                new("origin", "\"origin\"", EncodingMethod.Target), new("destination", "\"destination\"", EncodingMethod.Target),
            ],
            Split = new() { By = SplitMethod.Time, Column = "date" },
        });

    public static PipelineSpec PenguinSpecies { get; } = Pipeline(
        "penguins",
        new DataSpec
        {
            Columns =
            [
                new() { Name = "Species", Type = ColumnType.String, Required = true, Values = ["Adelie", "Chinstrap", "Gentoo"] },
                new() { Name = "Island", Type = ColumnType.String },
                new() { Name = "Beak Length (mm)", Type = ColumnType.Double, Min = 10, Max = 100 },
                new() { Name = "Body Mass (g)", Type = ColumnType.Int, Min = 500 },
                new() { Name = "Sex", Type = ColumnType.String },
            ],
        },
        new FeaturesSpec
        {
            Label = new("species", "\"Species\""),
            Inputs = [new("island", "\"Island\""), new("beak", "\"Beak Length (mm)\""), new("mass", "\"Body Mass (g)\""), new("sex", "\"Sex\"", EncodingMethod.Ordinal)],
            Split = new() { By = SplitMethod.Random },
        });

    public static PipelineSpec CarMileage { get; } = Pipeline(
        "car-mileage",
        new DataSpec
        {
            Columns =
            [
                new() { Name = "Name", Type = ColumnType.String },
                new() { Name = "Miles_per_Gallon", Type = ColumnType.Double },
                new() { Name = "Cylinders", Type = ColumnType.Int },
                new() { Name = "Horsepower", Type = ColumnType.Int },
                new() { Name = "Weight_in_lbs", Type = ColumnType.Int },
                new() { Name = "Year", Type = ColumnType.Date },
                new() { Name = "Origin", Type = ColumnType.String },
            ],
        },
        new FeaturesSpec
        {
            Label = new("mpg", "Miles_per_Gallon"),
            Inputs =
            [
                new("cylinders", "Cylinders", EncodingMethod.OneHot), new("horsepower", "Horsepower"), new("weight", "Weight_in_lbs"),
                new("year", "year(\"Year\")"), new("origin", "Origin", EncodingMethod.Target),
            ],
            Split = new() { By = SplitMethod.Random, Seed = 7 },
        });

    public static PipelineSpec Pipeline(string name, DataSpec data, FeaturesSpec features) => new()
    {
        Name = name,
        Triggers = new() { Blob = $"incoming/{name}/" },
        Data = data,
        Features = features,
        Training = new() { Search = new() { Metric = "auc", Maximize = true }, Trainers = [] },
        Evaluation = new(),
        Release = new() { Endpoint = name },
    };

    /// <summary>The file of a pipeline that the repository ships.</summary>
    public static string WorkflowFile(string pipeline) => FindAbove(Path.Combine("workflows", pipeline, "pipeline.yaml"))
        ?? throw new FileNotFoundException($"workflows/{pipeline}/pipeline.yaml is not above {AppContext.BaseDirectory}.");

    /// <summary>A file of npm's vega-datasets.</summary>
    public static string Find(string name) => FindAbove(Path.Combine("node_modules", "vega-datasets", "data", name))
        ?? throw new FileNotFoundException($"{name} of npm's vega-datasets is not there; run 'npm ci --ignore-scripts' in the repository's root.");

    private static string? FindAbove(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, relative);
            if (File.Exists(path)) return path;
        }
        return null;
    }
}
