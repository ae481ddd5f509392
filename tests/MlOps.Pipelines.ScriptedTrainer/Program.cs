// Called as a trainer is (--spec FILE …); the file holds one instruction a line: 'out TEXT', 'err TEXT', 'hang', 'exit CODE'.
foreach (var line in File.ReadAllLines(args[Array.IndexOf(args, "--spec") + 1]))
{
    var (instruction, rest) = line.Split(' ', 2) is [var first, var second] ? (first, second) : (line, "");
    switch (instruction)
    {
        case "out": Console.Out.WriteLine(rest); break;
        case "err": Console.Error.WriteLine(rest); break;
        case "hang": new ManualResetEventSlim().Wait(); break;
        case "exit": return int.Parse(rest, System.Globalization.CultureInfo.InvariantCulture);
        default: throw new FormatException($"'{line}' is no instruction.");
    }
}

return 0;
