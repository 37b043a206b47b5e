/** 866 five-letter words that describe: the first half of a name such as `amber-kite`. */
export const ADJECTIVES: readonly string[] = `
  abuzz acorn adept adult afoot agate agave agile aglow ahead alder alert alike alive aloft alpha amber amigo ample
  anise apart apple april apron arbor ardor argon armed aroma arrow artsy ascot ashen aspen aster astir atilt atlas
  atoll attic audio aural auric avian awake award aware awash axial azure badge bagel baked balmy balsa banjo based
  basic basil basin baton beach beady beamy bebop beech beige bendy berry bingo birch bison blade blank blaze bliss
  bloom blues blunt blush board bongo bonny boost brand brass brave bravo bread brick brief brine briny brisk broad
  brook broth brown buddy bugle build built bulky burly cabin cable cacao cadet camel canal candy canny canoe canto
  caper cargo carol cedar cello chant charm chart cheer chewy chief chili chime chimp china chino chirp chive choir
  chord cider civet civic civil clamp clean clear climb close cloth cloud clove clump coast cocoa color combo comet
  comfy comic conch coral corny cover craft crane crate cream creek creel crepe crest crisp cross crown cubed cumin
  curio curly curry curve curvy cycle daffy daily dance dandy debut decal decor delta denim dense depot derby dewed
  digit diner disco dizzy dolce dough downy dozen dream drive dusky dusty duvet eager eagle early earth easel ebony
  edged egret eider eight elbow elder elfin elite ember emery empty epoch equal erect ether ethic every exact extra
  fable facet fairy famed fancy farms fauna favor feral ferny ferry fiber fibre field fiery fifth fifty final finch
  finer first fishy fixed fizzy fjord flair flake flaky flame flare flash flask fleck fleet fling flint float flock
  floor flora floss flour fluff fluid flute foamy focal focus foggy folio forge forty forum frame frank fresh frill
  frisk frond front frost froth fruit fudgy fugue funny furry fuzzy gable gauze gauzy gecko genie genre glade glass
  glaze gleam glide glint globe glory gloss glove gnome goose gourd grace grade grain grand grape graph grass great
  green greet grill grove guess guide gusty gutsy habit haiku handy happy hardy haven hazel heart heath heavy hedge
  hefty helix heron hilly hinge hippo hobby hoist holly honey horse hover humor husky hydro ideal igloo image inlay
  inlet inner ionic ivied ivory jammy jaunt jawed jazzy jelly jetty jewel jiffy joker jolly juice juicy jumbo jumpy
  karma kayak kebab khaki kiosk knack knoll known koala kudos lacey lanky lapis larch large laser latch later lathe
  latte laugh layer leafy lemon level light liked lilac limbo lined linen lingo lithe llama loamy local loden lodge
  lofty logic lotus loved lowly loyal lucid lucky ludic lumen lunar lunch lyric macaw magic magma maize major mambo
  manor maple march marsh mason match matte mauve medal melon melty merit merry metal meter metro midst milky minty
  misty mixed mixer mocha model moony moose morph mossy motif motor mount mover mural music muted nacho naval newsy
  nicer niche nifty night ninja ninth nippy noble nomad notch novel nutty nylon oaken oasis oaten ocean ochre octet
  olden older olive onion opera optic orbit order organ other otter outer ovate ovoid oxbow ozone paint palmy panda
  panel paper parka parky pasta paste patio pause paved peace peach pearl peaty pecan peppy perch perky phase phlox
  photo piano pilot piney piper pithy pivot pixel pixie pizza plaid plain plait plank plant plaza pluck plume plump
  plush point poise polar polka poppy porch pouch pride prime print prism prize probe proof prose proud puffy pulse
  pupil puppy quail quark quart quest quick quiet quill quilt quirk quote radar rainy rally ranch range rapid ratio
  raven reach ready realm reedy regal relax relay relic renew resin retro rhino rhyme ridge right rinse ritzy river
  robed robin robot rocky roomy rouge rough round route rover rowan royal ruddy ruler rumba runic rural rusty sable
  safer sagey salad salon salsa salty sandy satin sauna savor savvy scale scarf scene scent scone scoop scope score
  scout scuba sedan sense sepia seven shade shake shape share sharp sheaf sheep sheer shelf shell shine shiny shire
  shoal shore short showy silky silty sixth sixty skate skein skiff skill slate sleek sleep sleet slice slick slide
  sloop sloth slush smart smoky snack snail snowy solar solid solve sonar sonic sound space spacy spare spark speed
  spice spick spicy spike spiky spine spiny spire spoke spool spoon sport spray spree sprig squad stage stair stamp
  stand start state steam steed steel stick still stilt stone stony stork storm story stove strum study suave suede
  sugar suite sunny sunup super surge sushi sweep sweet swell swept swift swing swirl swish swoop syrup taffy tamed
  tango tangy tapir tasty taupe tawny teach tempo tenth tepee terra thick third three thumb thyme tiara tidal tiger
  tight tiled timer title toast today tonal tonic tooth topaz torch totem tough tower trace tract trail trait treat
  trend trial trout trove trunk truth tulip tuned tunic tutor twice twine twirl twist ultra umber unify unity upper
  urban usual valet valid valor value vapor vault venue verse vigor villa viola vista vital vivid vocal vogue voice
  wafer wagon waltz watch water waxen weave webby wedge wheat wheel whirl whisk wider windy wiser wispy witty woody
  woven xenon yacht yodel young yucca yummy zebra zesty zingy zippy
`
  .trim()
  .split(/\s+/);
