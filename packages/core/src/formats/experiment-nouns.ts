/** 766 four-letter words that name things: the second half of a name such as `amber-kite`. */
export const NOUNS: readonly string[] = `
  acai acer acme acre aeon agar aged airs alga ally aloe alps alto amps apex apps aqua arch area argo aria arks arts
  atom aunt aura auto avon axis axle axon back bali balk ball band bank barb bard bark barn bath bays bead beak beam
  bean bear beau bees beet bell belt bend bent berg berm best beta bias bibs bike bird bits blue boar boat bolt book
  boot bowl bows brew brie brig brow bugs bulb buoy buzz byte cabs cafe cake calf calm camp cane cape caps card cars
  cart cask cats cave chef chip chow city clam clan claw clay clip clod clog club coal coat cobs coco code cogs coho
  coil coin colt comb cone cook coop coot cord core cork corn cots cove cowl crab crew crop crow cube cubs cuff cups
  curd curl cusp cyan dado dais dale darn dart data date dawn deck deed deer dell dens desk dews dial dice dill dime
  dink disc disk diva dock dogs dome door dory dots dove down dray drum duck duet duke dune dusk duty dyad dyer dyes
  ears eave ebbs echo ecru eddy eden eels elks elms emus eons epic eras euro ewes exam fair fans farm faun fawn felt
  fern feta fete figs file film fins firs fish fizz flag flan flap flax floc floe flux foal foam fogs foil font ford
  fork fort fowl frog fuel furs fuzz gait gala gale game gate gear gems gene gift gigs gild gill gilt glad glee glen
  glow gnus goal goat gold golf gong gown gram grid grin gulf gull gums guru gust gyms hail hams hand hare harp hats
  hawk heap heat heel helm hems hens herb herd hero hike hill hive hobs hoof hook hoop hope hops horn hose host hour
  hubs hues hugs hula hush huts hymn ibex ibis ices icon idea imps inks inns ions iota iris isle item jack jade jamb
  jams jars java jays jazz jean jeep jets jibs jive jobs join joys judo jugs jump jute kale keel kegs kelp keys kids
  kiln kilo kilt kind king kite kits kiwi knob koto labs lace lake lamb lamp land lane laps lark lava lawn leaf leap
  leek lens lids lift lilt lily lime limo line link lion list loaf loam lobs loch lock loft logo logs loom loon loop
  lore love luau luna lute lynx lyre mace mail mall malt mane maps mare mark mars mask mast math mats maze meal memo
  menu mesa mews mica mice mile milk mill mime mind mine mink mint mist mitt moat mojo mole moms monk mood moon moor
  mops moss moth mugs mule muse myna myth name naps navy neon nest nets news newt nibs node nods nook noon note nova
  nuts oaks oars oats oboe odes ohms oils okra olio omen onyx opal opus orbs orca ores oryx orzo oval oven owls paca
  pace pack pads page pail pair palm pals pane pans park path pawn paws peak pear peas pegs pelt pens perk peso pets
  pews pick pier pies pike pile pine pink pins pint pipe pips pita plan play plot plow plum pods poem poet pole polo
  pond pony pool port post pots prom prow puck puff pugs puma pump pups purr quad quay quip quiz raft raga rags rail
  rain ramp rams rays reed reef reel rest rhea ribs rice rigs rims rind ring rink road robe rock rods roof rook room
  root rope rose rosy rows ruby rugs rule rune rung runs safe saga sage sago sail salt sand sari sash saws seal seam
  seas seat seed sept shed ship shoe shop show sign silk silo sips site skip skis sled snap snip snow soap sock soda
  sofa soil solo song soup spas spin spot spur star stem stew suit sumo sums suns surf swan swim tabs taco tags tail
  talc tale tang tank tape taps tarn tarp task teak teal team teas tech tees tern test text thaw thor tide tier tile
  time tins tint tips toes tofu toga togs tome toms tone tool tops tors tour town toys tray tree trek trim trio trip
  trot tuba tube tubs tuft tugs tuna tune tusk tutu twig twin type urns vale vane vans vase vats veil veld vest vial
  vibe view vine viol visa volt vote vows walk wand watt wave webs well west whir whiz wick wigs wind wing wink wins
  wisp wits woks wolf wood wool word work wren yaks yams yard yarn yawl yeti yews yoga yolk yule yurt zeal zebu zero
  zest zeta zinc zips zone zoom zoos
`
  .trim()
  .split(/\s+/);
