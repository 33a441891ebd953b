// SPDX-License-Identifier: MIT
// Disagreements that docs/engines.md explains: one line each, "ENGINE | FILE: CASE | word of the explanation".
sealed class Explained
{
    readonly Dictionary<string, string> lines = new();
    readonly HashSet<string> seen = new();
    readonly bool all = Environment.GetEnvironmentVariable("ALL") != null;

    public int Told { get; private set; }
    public int Unexplained { get; private set; }

    public Explained(string path)
    {
        foreach (var line in File.ReadAllLines(path).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var parts = line.Split(" | ");

            lines.Add($"{parts[0]} | {parts[1]}", parts[2]);
        }
    }

    // What nobody has explained is printed; with ALL in the environment the rest too.
    public void Tell(string engine, string name, string text)
    {
        var known = lines.TryGetValue($"{engine} | {name}", out var why);

        seen.Add($"{engine} | {name}");
        Told++;
        if (!known)
            Unexplained++;
        if (!known || all)
            Console.WriteLine($"{engine} | {name} | {why ?? "?"} | {text}");
    }

    // An explanation of what is a disagreement no more.
    public void Stale(Func<string, bool> mine)
    {
        foreach (var line in lines.Keys.Where(l => mine(l) && !seen.Contains(l)))
            Console.WriteLine($"{line}: agrees now");
    }
}
